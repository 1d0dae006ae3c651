// The node at a glance: figures, plots, shards, cluster, and what can be done
// to the node as a whole. Lives as long as the page; drawn while it is seen.

import { drain, setLogLevel } from './actions.js';
import { CLUSTER_COLUMNS } from './columns.js';
import { Facts, make, section, setText } from './dom.js';
import { NOTHING, bytes, count, duration, latency, percent, rate, roughly,
  words } from './format.js';
import { quantile } from './history.js';
import { Plot } from './plots.js';
import { Table } from './table.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'off'];

const good = (is, yes, no) =>
  ({ text: is ? yes : no, state: is ? 'good' : 'bad' });

/** Of {overview, point}: what it says, and the last point of the history. */
const FACTS = [
  ['Sessions', ({ overview: x }) => count(x.sessions)],
  ['Rooms', ({ overview: x }) => count(x.rooms)],
  ['Connections', ({ overview: x }) => count(x.connections)],
  ['Messages in', ({ point }) => `${rate(point.messagesIn)}/s`],
  ['Messages out', ({ point }) => `${rate(point.messagesOut)}/s`],
  ['Uptime', ({ overview: x }) => duration(x.uptimeSeconds)],
  ['Backplane', ({ overview: { backplane: x } }) => ({
    text: `${x.kind}, ${x.state}`, state: x.state === 'up' ? 'good' : 'bad' })],
  ['Breaker', ({ overview: { backplane: x } }) => (x.kind === 'embedded' ? null
    : good(x.breaker === 'closed', 'closed', 'open'))],
  ['CPU', ({ point }) => (point.cpu === null ? NOTHING : percent(point.cpu))],
  ['Memory', ({ overview: x }) => bytes(x.process.residentBytes)],
  ['Descriptors', ({ overview: { process: x } }) =>
    `${count(x.descriptors)} of ${roughly(x.descriptorsMax)}`],
  ['Log level', ({ overview: x }) => x.logLevel],
];

const SHARD_COLUMNS = [
  { title: 'Shard', cell: (x) => String(x.shard) },
  ...[
    ['Sessions', (x) => count(x.sessions)],
    ['Rooms', (x) => count(x.rooms)],
    ['Load', (x) => percent(x.load), 'Of the last second'],
    ['Median turn', (x) => turnOf(x, 0.5), 'Since the start'],
    ['p99 turn', (x) => turnOf(x, 0.99), 'Since the start'],
    ['Longest turn', (x) => duration(x.longestTurnSeconds),
      'Of the last 10 seconds'],
  ].map(([title, cell, hint]) => ({ title, cell, hint, isNumber: true })),
];

function turnOf({ turnSeconds }, share) {
  const none = { counts: turnSeconds.counts.map(() => 0) };
  return duration(quantile(none, turnSeconds, share));
}

const NUMBER_COLUMNS = [
  { title: 'Name', cell: ([name]) => name },
  { title: 'Value', cell: ([, value]) => value, isNumber: true },
];

const numbers = (label) => new Table({
  label, columns: NUMBER_COLUMNS, keyOf: ([name]) => name,
});

export class OverviewView {
  element;
  title = 'Overview';

  #history;
  #latest = null;
  #isSeen = false;
  #facts = new Facts(FACTS);
  #plots = makePlots();
  #shards = new Table({
    label: 'Shards', columns: SHARD_COLUMNS, keyOf: (x) => x.shard });
  #cluster = new Table({
    label: 'Cluster', columns: CLUSTER_COLUMNS, keyOf: (x) => x.node });
  #counters = numbers('Counts since the start');
  #limits = numbers('Limits in force');
  #level = make('select', { id: 'log-level' },
    ...LEVELS.map((text) => make('option', { text, value: text })));
  #drain = make('button', { type: 'button', className: 'danger', id: 'drain',
    text: 'Start drain', on: { click: () => this.#askDrain() } });
  #knownLevel = '';

  constructor(history) {
    this.#history = history;
    const { backplane, ...others } = this.#plots;
    this.element = make('div', { className: 'overview' },
      make('h2', { className: 'unseen', text: 'Overview' }),
      this.#facts.element,
      make('div', { className: 'plots' },
        ...Object.values(others).map((plot) => plot.element),
        backplane.element),
      make('div', { className: 'halves' },
        section('Shards', this.#shards.element),
        section('Cluster', this.#cluster.element)),
      section('Controls', this.#controls()),
      make('div', { className: 'halves' },
        folded('Counts since the start', this.#counters.element),
        folded('Limits in force', this.#limits.element)));
  }

  #controls() {
    const change = make('button', { type: 'button', text: 'Change',
      id: 'log-level-go',
      on: { click: () => setLogLevel(this.#level.value) } });
    return make('div', { className: 'row' },
      make('label', { htmlFor: 'log-level', text: 'Log level' }),
      this.#level, change, this.#drain);
  }

  #askDrain() {
    drain(this.#latest?.isDraining ? 'cancel' : 'start');
  }

  open() {
    this.#isSeen = true;
    this.#draw();
  }

  close() {
    this.#isSeen = false;
  }

  take(overview) {
    this.#latest = overview;
    this.#draw();
  }

  #draw() {
    const overview = this.#latest;
    if (!this.#isSeen || !overview) return;
    const { points } = this.#history;
    this.#facts.show({ overview, point: points.at(-1) });
    this.#shards.show(overview.shards);
    this.#cluster.show(overview.cluster);
    this.#counters.show([
      ...Object.entries(overview.counters),
      ...Object.entries(overview.sessionsEnded)
        .map(([name, n]) => [`ended: ${name}`, n]),
    ].map(([name, n]) => [words(name), count(n)]));
    this.#limits.show(Object.entries(overview.limits)
      .map(([name, n]) => [name, n === 0 ? 'none' : count(n)]));
    setText(this.#drain, overview.isDraining ? 'Cancel drain' : 'Start drain');
    // Whoever is choosing is not interrupted by what has not changed.
    if (this.#knownLevel !== overview.logLevel) {
      this.#level.value = overview.logLevel;
      this.#knownLevel = overview.logLevel;
    }
    drawPlots(this.#plots, points, overview);
  }
}

const folded = (title, content) =>
  make('details', {}, make('summary', { text: title }), content);

const whole = (n) => (n === null ? NOTHING : rate(n));
const LATENCY_NOTE = 'Of the last 10 seconds';

function makePlots() {
  return {
    crowd: new Plot('Sessions and rooms', { format: whole, ceiling: 5 }),
    messages: new Plot('Messages a second', { format: rate, ceiling: 5 }),
    refusals: new Plot('Refusals a second', { format: rate, ceiling: 2 }),
    fanout: new Plot('Fan-out latency',
      { format: latency, ceiling: 0.0001, note: LATENCY_NOTE }),
    load: new Plot('Shard load',
      { format: (n) => (n === null ? NOTHING : percent(n)), ceiling: 1.04 }),
    backplane: new Plot('Backplane latency',
      { format: latency, ceiling: 0.001, note: LATENCY_NOTE }),
  };
}

/** Rows of a plot; a point without a value, as a gap is, has null. */
const rowsOf = (points, ...values) =>
  points.map((point) => [point.at, ...values.map((of) => of(point) ?? null)]);

function drawPlots(plots, points, { shards, backplane }) {
  plots.crowd.show(['sessions', 'rooms'],
    rowsOf(points, (p) => p.sessions, (p) => p.rooms));
  plots.messages.show(['in', 'out'],
    rowsOf(points, (p) => p.messagesIn, (p) => p.messagesOut));
  plots.fanout.show(['p50', 'p99'],
    rowsOf(points, (p) => p.fanout?.p50, (p) => p.fanout?.p99));
  plots.load.show(shards.map(({ shard }) => `shard ${shard}`),
    rowsOf(points, ...shards.map((_, i) => (p) => p.loads?.[i])));
  drawRefusals(plots.refusals, points);
  plots.backplane.element.hidden = backplane.kind === 'embedded';
  if (backplane.kind === 'embedded') return;
  plots.backplane.show(
    ['command p50', 'command p99', 'delivery p50', 'delivery p99'],
    rowsOf(points, (p) => p.command?.p50, (p) => p.command?.p99,
      (p) => p.delivery?.p50, (p) => p.delivery?.p99));
}

/** Only reasons that there were; if there was none, a line at zero. */
function drawRefusals(plot, points) {
  const reasons = new Set();
  for (const { refusals = {} } of points) {
    for (const [name, n] of Object.entries(refusals)) {
      if (n > 0) reasons.add(name);
    }
  }
  const names = [...reasons].sort();
  if (names.length === 0) {
    plot.show(['none'], rowsOf(points, (p) => (p.refusals ? 0 : null)));
    return;
  }
  plot.show(names.map(words),
    rowsOf(points, ...names.map((name) => (p) => p.refusals?.[name])));
}
