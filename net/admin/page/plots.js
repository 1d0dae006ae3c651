// Plots by dygraphs, with a legend of our own: dygraphs' sets styles by
// attribute, which the page's content security policy refuses. Colours are
// the style sheet's, so plots follow light and dark.

import { make, setText } from './dom.js';
import { WINDOW_MS } from './history.js';

const { Dygraph } = globalThis;

// Neither legend, titles, annotations nor a range selector.
Dygraph.PLUGINS = [Dygraph.Plugins.Axes, Dygraph.Plugins.Grid];

const COLOURS = 8;

/** A young history does not huddle at the edge of five empty minutes. */
const WINDOW_MS_MIN = 60_000;
const scheme = matchMedia('(prefers-color-scheme: dark)');

function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return {
    line: of('--line'),
    quiet: of('--quiet'),
    series: Array.from({ length: COLOURS }, (_, i) => of(`--series-${i + 1}`)),
  };
}

/** Two ticks with the same label say nothing. */
const HEIGHT_PER_LABEL_PX = 28;

export class Plot {
  element;

  #format;
  #ceiling;
  #legend = make('ul', { className: 'legend' });
  #box = make('div', { className: 'plot', 'aria-hidden': 'true' });
  #graph = null;
  #items = [];
  #names = [];
  #rows = [];
  #pointed = null;

  /**
   * `format`: of a value. `ceiling`: how far the axis goes at least, so that
   * noise looks like noise.
   */
  constructor(title, { format, ceiling, note }) {
    this.#format = format;
    this.#ceiling = ceiling;
    this.element = make('figure', {},
      make('figcaption', {},
        make('h3', { text: title, title: note ?? '' }), this.#legend),
      this.#box);
    new ResizeObserver(() => this.#resize()).observe(this.#box);
    scheme.addEventListener('change', () => this.#draw(true));
  }

  /**
   * `names` of the series; `rows`: [milliseconds, value of each], null where
   * there is none. At least one row.
   */
  show(names, rows) {
    const isOther = names.join('\n') !== this.#names.join('\n');
    this.#names = names;
    this.#rows = rows;
    if (isOther) this.#makeLegend();
    this.#draw(isOther);
    this.#writeLegend();
  }

  #draw(isOther) {
    if (this.#rows.length === 0 || this.#box.clientWidth === 0) return;
    const end = this.#rows.at(-1)[0];
    const age = Math.min(WINDOW_MS,
      Math.max(WINDOW_MS_MIN, end - this.#rows[0][0]));
    const options = {
      file: this.#rows.map(([at, ...values]) => [new Date(at), ...values]),
      dateWindow: [end - age, end],
      valueRange: [0, this.#top()],
    };
    if (isOther || !this.#graph) Object.assign(options, this.#looks());
    if (this.#graph) {
      this.#graph.updateOptions(options);
      return;
    }
    const { file, ...rest } = options;
    this.#graph = new Dygraph(this.#box, file, { ...rest, ...this.#manners() });
  }

  #top() {
    let top = 0;
    for (const [, ...values] of this.#rows) top = Math.max(top, ...values);
    return Math.max(this.#ceiling, top * 1.1);
  }

  /** What changes with the series and with light and dark. */
  #looks() {
    const { line, quiet, series } = colours();
    this.#names.forEach((_, i) => {
      this.#items[i].swatch.style.background = series[i % COLOURS];
    });
    return {
      labels: ['time', ...this.#names],
      colors: this.#names.map((_, i) => series[i % COLOURS]),
      gridLineColor: line,
      axisLineColor: quiet,
    };
  }

  /** What does not. Fingers scroll the page, they do not zoom. */
  #manners() {
    return {
      interactionModel: {},
      strokeWidth: 1.6,
      gridLineWidth: 0.6,
      axisLabelFontSize: 11,
      highlightCircleSize: 3,
      axes: {
        x: { pixelsPerLabel: 76, drawGrid: false },
        y: {
          axisLabelWidth: 56,
          pixelsPerLabel: HEIGHT_PER_LABEL_PX,
          axisLabelFormatter: (value) => this.#format(value),
        },
      },
      highlightCallback: (_event, _x, _points, row) => {
        this.#pointed = row;
        this.#writeLegend();
      },
      unhighlightCallback: () => {
        this.#pointed = null;
        this.#writeLegend();
      },
    };
  }

  #resize() {
    if (this.#box.clientWidth === 0) return;
    if (this.#graph) this.#graph.resize();
    else this.#draw(true);
  }

  #makeLegend() {
    this.#items = this.#names.map((name) => {
      const swatch = make('span', { className: 'swatch' });
      const value = make('b');
      const item = make('li', {}, swatch, `${name} `, value);
      return { swatch, value, item };
    });
    this.#legend.replaceChildren(...this.#items.map(({ item }) => item));
  }

  /** The values under the pointer, or the last ones. */
  #writeLegend() {
    const row = this.#rows[this.#pointed ?? this.#rows.length - 1]
      ?? this.#rows.at(-1);
    this.#items.forEach(({ value }, i) => {
      setText(value, this.#format(row[i + 1] ?? null));
    });
  }
}
