// A table whose rows stay where they are while their numbers change: a row is
// known by its key, so focus, selection and pointer are not lost every two
// seconds. The order is the node's; the head only says what to ask for.

import { fill, make, scrollBox } from './dom.js';

export class Table {
  element;

  #columns;
  #keyOf;
  #body = make('tbody');
  #empty;
  #rows = new Map();
  #heads = [];

  /**
   * `columns`: {title, cell(item), isNumber, sort, hint}; `cell` returns what
   * `fill` takes; `sort` is the API's word for an order, ascending for `id` and
   * descending for all others. `onSort(word)` is told which one is wanted.
   */
  constructor({ label, columns, keyOf, onSort, empty = 'None.' }) {
    this.#columns = columns;
    this.#keyOf = keyOf;
    this.#empty = make('p', { className: 'empty', text: empty });
    const head = make('tr', {}, ...columns.map((c) => this.#head(c, onSort)));
    this.element = make('div', {}, scrollBox(label, make('table', {},
      make('caption', { className: 'unseen', text: label }),
      make('thead', {}, head), this.#body)), this.#empty);
  }

  #head({ title, isNumber, sort, hint }, onSort) {
    const cell = make('th', { scope: 'col', className: isNumber ? 'n' : '',
      title: hint });
    if (!sort) {
      cell.textContent = title;
      return cell;
    }
    cell.append(make('button', {
      type: 'button', text: title, on: { click: () => onSort(sort) },
    }));
    this.#heads.push({ cell, sort });
    return cell;
  }

  /** Says by what the rows are in order. */
  sortedBy(word) {
    for (const { cell, sort } of this.#heads) {
      if (sort !== word) cell.removeAttribute('aria-sort');
      else {
        cell.setAttribute('aria-sort',
          word === 'id' ? 'ascending' : 'descending');
      }
    }
  }

  show(items) {
    const old = this.#rows;
    this.#rows = new Map();
    for (const item of items) {
      const key = this.#keyOf(item);
      const row = old.get(key) ?? this.#row();
      old.delete(key);
      this.#columns.forEach(({ cell }, i) => fill(row.cells[i], cell(item)));
      this.#rows.set(key, row);
    }
    for (const row of old.values()) row.remove();
    // Only rows that are not where they should be are moved.
    let place = this.#body.firstChild;
    for (const row of this.#rows.values()) {
      if (row === place) place = place.nextSibling;
      else this.#body.insertBefore(row, place);
    }
    this.#empty.hidden = items.length > 0;
  }

  #row() {
    return make('tr', {}, ...this.#columns.map(({ isNumber }) =>
      make('td', { className: isNumber ? 'n' : '' })));
  }
}
