// Elements made by script. All that a client may have had a hand in becomes a
// text node here: there is no way from a string to markup in this page.

/**
 * An element. `properties`: `text`, `data` (dataset), `on` (listeners); what
 * the element has as a property is set as one, the rest as attributes.
 * Children that are null are left out.
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === 'text') element.textContent = value;
    else if (name === 'data') Object.assign(element.dataset, value);
    else if (name === 'on') listen(element, value);
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function listen(element, listeners) {
  for (const [event, listener] of Object.entries(listeners)) {
    element.addEventListener(event, listener);
  }
}

export const byId = (id) => document.getElementById(id);

/** Touches the page only if something changes: selections stay. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A part of a page with a heading. */
export function section(title, ...children) {
  return make('section', {}, make('h3', { text: title }), ...children);
}

/** A box that scrolls sideways by itself, by keyboard too. */
export function scrollBox(label, ...children) {
  return make('div', {
    className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': label,
  }, ...children);
}

/**
 * Names and values side by side. `rows`: [name, value of the shown thing]; a
 * value is a text, or {text, href}, or {text, state} for a coloured one.
 */
export class Facts {
  element = make('dl', { className: 'facts' });

  #rows;

  constructor(rows) {
    this.#rows = rows.map(([name, value]) => {
      const cell = make('dd');
      const box = make('div', {}, make('dt', { text: name }), cell);
      this.element.append(box);
      return { cell, value, box };
    });
  }

  show(thing) {
    for (const { cell, value, box } of this.#rows) {
      const shown = value(thing);
      box.hidden = shown === null;
      if (shown !== null) fill(cell, shown);
    }
  }
}

/** Puts a text, {text, href} or {text, state, title} into a cell. */
export function fill(cell, shown) {
  const { text, href, state, title } =
    typeof shown === 'string' ? { text: shown } : shown;
  if (state !== undefined) cell.dataset.state = state;
  else delete cell.dataset.state;
  if (title !== undefined && cell.title !== title) cell.title = title;
  let target = cell;
  if (href !== undefined) {
    target = cell.querySelector('a');
    if (!target) {
      target = make('a');
      cell.replaceChildren(target);
    }
    if (target.getAttribute('href') !== href) target.setAttribute('href', href);
  } else if (cell.firstElementChild) {
    cell.replaceChildren();
  }
  setText(target, text);
}
