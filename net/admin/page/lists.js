// The lists of rooms, sessions and actors: sorted, filtered and paged by the
// node, asked again every two seconds while they are seen. What they show is in
// the address, so that it can be shared and Back works.

import { ask, sentenceOf } from './api.js';
import { ACTOR_COLUMNS, KIND_COLUMNS, ROOM_COLUMNS, SESSION_COLUMNS }
  from './columns.js';
import { make, section, setText } from './dom.js';
import { Poll } from './feed.js';
import { count } from './format.js';
import { Table } from './table.js';

const POLL_MS = 2000;
const TYPING_MS = 250;
const FILTER_LENGTH_MAX = 256;
const ROWS = 100;
const ROWS_MAX = 1000;

const KINDS = {
  rooms: {
    title: 'Rooms', columns: ROOM_COLUMNS, sort: 'id',
    filterHint: 'in the id', rowsOf: (answer) => answer.items,
  },
  sessions: {
    title: 'Sessions', columns: SESSION_COLUMNS, sort: 'id',
    filterHint: 'in id, room, address or subject',
    rowsOf: (answer) => answer.items,
  },
  actors: {
    title: 'Actors', columns: ACTOR_COLUMNS, sort: 'handlingSeconds',
    filterHint: 'in id, session or room', rowsOf: (answer) => answer.top,
  },
};

/** `kind`: rooms, sessions or actors. `options`: of the address. */
export class ListView {
  element;
  title;

  #kind;
  #what;
  #options;
  #limit = ROWS;
  /** `next` of the page before; empty on the first one. */
  #after = '';
  #next = null;
  #poll = new Poll((signal) => this.#look(signal), POLL_MS);
  #typing;
  #table;
  #kinds = null;
  #total = make('p', { className: 'total' });
  #trouble = make('p', { className: 'trouble', role: 'status' });
  #more = make('button', { type: 'button', hidden: true,
    on: { click: () => this.#showMore() } });
  #start = make('button', { type: 'button', hidden: true,
    text: 'Back to the start', on: { click: () => this.#restart() } });

  constructor(kind, options) {
    this.#kind = kind;
    this.#what = KINDS[kind];
    this.title = this.#what.title;
    this.#options = {
      filter: options.get('filter') ?? '',
      sort: options.get('sort') ?? this.#what.sort,
      kind: kind === 'actors' ? options.get('kind') ?? '' : '',
    };
    this.#table = new Table({
      label: this.title, columns: this.#what.columns, keyOf: (x) => x.id,
      onSort: (sort) => this.#change({ sort }),
    });
    this.element = make('div', {},
      make('div', { className: 'bar' },
        make('h2', { text: this.title }), this.#total, this.#filterField()),
      this.#trouble, ...this.#kindsPart(), this.#table.element,
      make('div', { className: 'row' }, this.#more, this.#start));
  }

  open() {
    this.#change({});
  }

  close() {
    clearTimeout(this.#typing);
    this.#poll.stop();
  }

  #filterField() {
    const input = make('input', {
      id: 'filter', type: 'search', maxLength: FILTER_LENGTH_MAX,
      value: this.#options.filter, placeholder: this.#what.filterHint,
      autocomplete: 'off', spellcheck: false,
      on: {
        input: () => {
          clearTimeout(this.#typing);
          this.#typing = setTimeout(
            () => this.#change({ filter: input.value }), TYPING_MS);
        },
      },
    });
    return make('div', { className: 'field' },
      make('label', { htmlFor: 'filter', text: 'Filter' }), input);
  }

  #kindsPart() {
    if (this.#kind !== 'actors') return [];
    this.#kinds = new Table({
      label: 'Actors by kind', columns: KIND_COLUMNS, keyOf: (x) => x.kind,
    });
    const { kind } = this.#options;
    return [
      section('By kind', this.#kinds.element),
      make('h3', { text: kind ? `Of kind ${kind}` : 'The first of all' },
        kind ? make('a', { className: 'beside', href: '#/actors',
          text: 'all kinds' }) : null),
    ];
  }

  #change(options) {
    Object.assign(this.#options, options);
    const { filter, sort, kind } = this.#options;
    const query = new URLSearchParams();
    if (filter) query.set('filter', filter);
    if (sort !== this.#what.sort) query.set('sort', sort);
    if (kind) query.set('kind', kind);
    const text = query.toString();
    const tail = text === '' ? '' : `?${text}`;
    history.replaceState(null, '', `#/${this.#kind}${tail}`);
    this.#table.sortedBy(sort);
    this.#restart();
  }

  #restart() {
    this.#limit = ROWS;
    this.#after = '';
    this.#poll.start();
  }

  #showMore() {
    if (this.#limit < ROWS_MAX) {
      this.#limit = Math.min(ROWS_MAX, this.#limit * 3);
    } else {
      this.#after = this.#next;
      this.#limit = ROWS;
    }
    this.#poll.start();
  }

  async #look(signal) {
    const query = { ...this.#options, limit: this.#limit, after: this.#after };
    try {
      const answer = await ask(this.#kind, { query, signal });
      if (!signal.aborted) this.#show(answer);
    } catch (error) {
      if (signal.aborted) return;
      setText(this.#trouble, `Not up to date: ${sentenceOf(error)}`);
    }
  }

  #show(answer) {
    const rows = this.#what.rowsOf(answer);
    setText(this.#trouble, '');
    setText(this.#total, rows.length < answer.total
      ? `${count(rows.length)} of ${count(answer.total)}`
      : count(answer.total));
    this.#kinds?.show([...answer.byKind, { kind: 'all', ...answer.totals }]);
    this.#table.show(rows);
    // Actors come without pages: the first by a column are what is asked for.
    this.#next = answer.next ?? null;
    const canGrow = this.#limit < ROWS_MAX && rows.length < answer.total
      && (this.#next !== null || this.#kind === 'actors');
    this.#more.hidden = !canGrow && this.#next === null;
    setText(this.#more, canGrow ? 'More' : 'Next page');
    this.#start.hidden = this.#after === '';
  }
}
