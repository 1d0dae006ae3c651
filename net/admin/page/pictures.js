// Small pictures without a library: a session's events in time, and bars.

import { make, scrollBox, setText } from './dom.js';
import { bytes, clock, count, duration } from './format.js';

const keyOf = (event) => `${event.at} ${event.event} ${event.detail}`;

/** The flight recorder, newest first; what is new is put on top. */
export class Timeline {
  element = make('ol', { className: 'timeline', reversed: true });

  #empty = make('li', { className: 'empty', text: 'Nothing yet.' });
  #shown = [];

  /** `events`: oldest first. */
  show(events) {
    const keys = events.map(keyOf);
    if (keys.join('\n') === this.#shown.join('\n')) return;
    this.#shown = keys;
    const items = events.map((event, i) => entry(event, events[i - 1]));
    this.element.replaceChildren(...items.reverse());
    if (items.length === 0) this.element.append(this.#empty);
  }
}

function entry({ at, event, detail, bytes: size }, before) {
  const gap = before ? (Date.parse(at) - Date.parse(before.at)) / 1000 : null;
  return make('li', { data: { event } },
    make('time', { dateTime: at, title: at, text: clock(at) }),
    make('span', { className: 'gap', title: 'Since the event before',
      text: gap === null ? '' : `+${duration(gap)}` }),
    make('b', { text: event }),
    make('span', { className: 'what', text: detail }),
    make('span', { className: 'size', text: size > 0 ? bytes(size) : '' }));
}

/** Names, numbers, and how they compare. */
export class Bars {
  element;

  #body = make('tbody');
  #rows = new Map();

  constructor(label) {
    this.element = scrollBox(label, make('table', { className: 'bars' },
      make('caption', { className: 'unseen', text: label }), this.#body));
  }

  /** `entries`: [name, number], in order. */
  show(entries) {
    const most = Math.max(1, ...entries.map(([, n]) => n));
    const old = this.#rows;
    this.#rows = new Map();
    for (const [name, n] of entries) {
      const row = old.get(name) ?? barRow(name);
      this.#rows.set(name, row);
      setText(row.cells[1], count(n));
      const bar = row.cells[2].firstChild;
      bar.hidden = n === 0;
      bar.style.inlineSize = `${(100 * n) / most}%`;
    }
    this.#body.replaceChildren(...this.#rows.values());
  }
}

const barRow = (name) => make('tr', {},
  make('th', { scope: 'row', text: name }),
  make('td', { className: 'n' }),
  make('td', { 'aria-hidden': 'true' },
    make('div', { className: 'bar-fill' })));
