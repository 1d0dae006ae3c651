// One room, one session, one actor: facts, what belongs to it, what can be done
// to it. Asked again every two seconds; who is gone is said to be gone, and the
// last that was known of it stays to be read.

import { closeRoom, kickSession } from './actions.js';
import { ask, path, sentenceOf } from './api.js';
import { MEMBER_COLUMNS, link, unsorted } from './columns.js';
import { Facts, byId, make, section, setText } from './dom.js';
import { Poll } from './feed.js';
import { NOTHING, bytes, count, duration } from './format.js';
import { Bars, Timeline } from './pictures.js';
import { Table } from './table.js';

const POLL_MS = 2000;

/** The last look at something may take so long. */
const LOOK_MS_MAX = 5000;

class DetailView {
  element;
  title;

  #path;
  #name;
  #head;
  #poll = new Poll((signal) => this.#look(signal), POLL_MS);
  #trouble = make('p', { className: 'trouble', role: 'status' });
  #body;

  /** `kind`: in the plural, as the API has it; `name`: in the singular. */
  constructor(kind, name, id, button, ...body) {
    this.#path = path(kind, id);
    this.#name = name;
    this.title = `${name} ${id}`;
    this.#head = make('h2', {}, `${name} `, make('code', { text: id }));
    this.button = button;
    this.#body = make('div', { hidden: true }, ...body);
    this.element = make('div', { className: 'detail' },
      make('div', { className: 'bar' }, this.#head, button),
      this.#trouble, this.#body);
  }

  open() {
    this.#poll.start();
  }

  close() {
    this.#poll.stop();
  }

  /** What its button did is seen at once. */
  again() {
    this.#poll.start();
  }

  /**
   * It was made to end: one more look, as it may take a moment to do so, and
   * what is seen then stays.
   */
  async endAfterLook(sentence) {
    this.#poll.stop();
    await this.#look(AbortSignal.timeout(LOOK_MS_MAX));
    this.end(sentence);
  }

  say(sentence) {
    setText(this.#trouble, sentence);
  }

  /** It is gone for good: ids are not given twice. */
  end(sentence) {
    this.#poll.stop();
    this.say(sentence);
    this.element.dataset.state = 'gone';
    if (!this.button) return;
    if (document.activeElement === this.button) byId('view').focus();
    this.button.hidden = true;
  }

  async #look(signal) {
    try {
      const thing = await ask(this.#path, { signal });
      if (signal.aborted) return;
      this.say('');
      this.#body.hidden = false;
      if (this.button) this.button.hidden = false;
      delete this.element.dataset.state;
      this.show(thing);
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 404) this.missing();
      else this.say(`Not up to date: ${sentenceOf(error)}`);
    }
  }

  missing() {
    this.end(this.#body.hidden
      ? `There is no such ${this.#name.toLowerCase()} on this node.`
      : `This ${this.#name.toLowerCase()} is gone; below is the last that was `
        + 'known of it.');
  }
}

const actionButton = (text, act) => make('button', {
  type: 'button', className: 'danger', text, hidden: true,
  on: { click: act },
});

export class RoomView extends DetailView {
  #facts;
  #members;

  constructor(id) {
    const facts = new Facts([
      ['Members here', (x) => count(x.memberCount)],
      ['Members elsewhere', (x) => (x.hasRemote ? 'perhaps' : 'none')],
      ['Messages', (x) => count(x.messages)],
      ['Bytes', (x) => bytes(x.bytes)],
      ['Unsent', (x) => bytes(x.unsentBytes)],
      ['Age', (x) => duration(x.ageSeconds)],
      ['Shard', (x) => String(x.shard)],
      ['Actor', (x) => link('actors', x.actor)],
    ]);
    const members = new Table({
      label: 'Members', keyOf: (x) => x.id,
      columns: MEMBER_COLUMNS.map(unsorted),
    });
    const button = actionButton('Close room', async () => {
      if (await closeRoom(id)) this.again();
    });
    super('rooms', 'Room', id, button, facts.element,
      section('Members on this node, the oldest 1,000', members.element));
    this.#facts = facts;
    this.#members = members;
  }

  show(room) {
    this.#facts.show(room);
    this.#members.show(room.members);
  }

  /** A room comes back when somebody joins it again: it is still watched. */
  missing() {
    this.element.dataset.state = 'gone';
    this.button.hidden = true;
    this.say('There is no such room on this node now.');
  }
}

export class SessionView extends DetailView {
  #facts;
  #timeline;

  constructor(id) {
    const facts = new Facts([
      ['State', (x) => ({ text: x.state, state: x.state })],
      ['Room', (x) => link('rooms', x.room)],
      ['Address', (x) => x.address],
      ['Subject', (x) => x.subject || NOTHING],
      ['Dialect', (x) => x.dialect],
      ['Age', (x) => duration(x.ageSeconds)],
      ['Messages in', (x) => count(x.messagesIn)],
      ['Messages out', (x) => count(x.messagesOut)],
      ['Bytes in', (x) => bytes(x.bytesIn)],
      ['Bytes out', (x) => bytes(x.bytesOut)],
      ['Unsent', (x) => bytes(x.unsentBytes)],
      ['Last pong', (x) => (x.lastPongSeconds === null ? NOTHING
        : `${duration(x.lastPongSeconds)} ago`)],
      ['Shard', (x) => String(x.shard)],
      ['Actor', (x) => link('actors', x.actor)],
    ]);
    const timeline = new Timeline();
    const button = actionButton('Kick', async () => {
      if (!await kickSession(id)) return;
      this.endAfterLook('This session was kicked and has ended; below is the '
        + 'last that was known of it.');
    });
    super('sessions', 'Session', id, button, facts.element,
      section('Flight recorder: the last events, newest first',
        timeline.element));
    this.#facts = facts;
    this.#timeline = timeline;
  }

  show(session) {
    this.#facts.show(session);
    this.#timeline.show(session.events);
  }
}

export class ActorView extends DetailView {
  #facts;
  #types;
  #times;

  constructor(id) {
    const facts = new Facts([
      ['Kind', (x) => x.kind],
      ['Session', (x) => (x.session === '' ? null
        : link('sessions', x.session))],
      ['Room', (x) => (x.room === '' ? null : link('rooms', x.room))],
      ['Waiting', (x) => count(x.mailboxNow)],
      ['Waiting at most', (x) => count(x.mailboxMax)],
      ['Handled', (x) => count(x.handled)],
      ['Time', (x) => duration(x.handlingSeconds)],
      ['Mean', (x) => (x.handled > 0
        ? duration(x.handlingSeconds / x.handled) : NOTHING)],
      ['Age', (x) => duration(x.ageSeconds)],
      ['Restarts', (x) => count(x.restarts)],
      ['Shard', (x) => String(x.shard)],
    ]);
    const types = new Bars('Messages handled, by type');
    const times = new Bars('Messages handled, by the time it took');
    super('actors', 'Actor', id, null, facts.element,
      make('div', { className: 'halves' },
        section('Handled, by type', types.element),
        section('Handling time of a message', times.element)));
    this.#facts = facts;
    this.#types = types;
    this.#times = times;
  }

  show(actor) {
    this.#facts.show(actor);
    this.#types.show(Object.entries(actor.handledByType)
      .sort(([, a], [, b]) => b - a));
    const { bounds, counts } = actor.handlingHistogram;
    this.#times.show(counts.map((n, i) => [i < bounds.length
      ? `≤ ${duration(bounds[i])}` : `> ${duration(bounds.at(-1))}`, n]));
  }
}
