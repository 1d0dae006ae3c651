// The flight recorder of a session, through the admin API: what it keeps of
// what came, what was refused and dropped, and how a session ended.

import assert from 'node:assert/strict';
import test from 'node:test';

import { Admin } from './support/admin.js';
import {
  PEER_DISCONNECTED, countOf, marker, messageOfSize, offer,
} from './support/messages.js';
import { withNode } from './support/server.js';
import { until } from './support/until.js';

const withAdmin = (body, env = {}) => withNode({ env }, (server) =>
  body(new Admin(server), server));

/** The id of the session that joined last. */
const newest = async (admin) =>
  (await admin.get('/sessions?sort=id')).items.at(-1).id;

/** Once the last event is of this kind: each as "EVENT DETAIL BYTES". */
const eventsUntil = (admin, id, last) => until(async () => {
  const { events } = await admin.get(`/sessions/${id}`);
  return events.at(-1)?.event === last && events.map(inWords);
}, `the event "${last}"`);

const inWords = ({ event, detail, bytes }) =>
  [event, detail, bytes || ''].join(' ').trim();

test('admin recorder: a refused message is kept with its bytes', withAdmin(
  async (admin, server) => {
    const session = await server.session('room');
    const id = await newest(admin);
    session.sendText(offer(), 'not json at all');
    const complaint = await session.text();
    assert.deepEqual(await eventsUntil(admin, id, 'out'), [
      'opened', 'joined', `in offer ${offer().length}`, 'refused bad_json 15',
      `out notice ${complaint.length}`,
    ]);
  }));

test('admin recorder: the last 32 events are kept', withAdmin(
  async (admin, server) => {
    const session = await server.session('room');
    const id = await newest(admin);
    const texts = Array.from({ length: 50 },
      (_, i) => messageOfSize(100 + i));
    session.sendText(...texts);
    const details = await until(async () => {
      const found = await admin.get(`/sessions/${id}`);
      return found.messagesIn === 50 && found;
    }, 'all messages');
    assert.deepEqual(details.events.map(inWords),
      Array.from({ length: 32 }, (_, i) => `in offer ${100 + 18 + i}`));
  }));

test('admin recorder: what is over the session\'s limit is dropped', withAdmin(
  async (admin, server) => {
    const session = await server.session('room');
    const id = await newest(admin);
    session.sendText(offer(), offer(), messageOfSize(123));
    assert.deepEqual(await eventsUntil(admin, id, 'dropped'), [
      'opened', 'joined', `in offer ${offer().length}`,
      `in offer ${offer().length}`, 'dropped rate_limited 123',
    ]);
  }, { RATE_LIMIT_MESSAGES_PER_10S: '2' }));

test('admin recorder: what is over the room\'s limit is dropped', withAdmin(
  async (admin, server) => {
    const receiver = await server.session('room');
    const session = await server.session('room');
    const id = await newest(admin);
    session.sendText(...[101, 102, 103, 104].map(messageOfSize));
    assert.equal(await receiver.text(), messageOfSize(101));
    assert.equal(await receiver.text(), messageOfSize(102));
    // They may have come in one piece or in several.
    const of = (words, kind) => words.filter((x) => x.startsWith(kind));
    const events = await until(async () => {
      const words = (await admin.get(`/sessions/${id}`)).events.map(inWords);
      return of(words, 'dropped').length === 2 && words;
    }, 'both to be dropped');
    assert.deepEqual(of(events, 'in'), ['in offer 101', 'in offer 102',
      'in offer 103', 'in offer 104']);
    assert.deepEqual(of(events, 'dropped'),
      ['dropped rate_limited 103', 'dropped rate_limited 104']);
    assert.equal(await server.metric('signaling_rate_limit_drops_total'), 2);
  }, { RATE_LIMIT_ROOM_MSGS_PER_10S: '2' }));

test('admin recorder: a session that does not read shows why it is closed',
  withAdmin(async (admin, server) => {
    const sender = await server.session('room');
    const deaf = await server.session('room');
    const id = await newest(admin);
    deaf.goDeaf();
    await until(() => {
      sender.sendText(messageOfSize(65536));
      return countOf(sender, PEER_DISCONNECTED) === 1;
    }, 'its leave', 60_000);
    const { state, events } = await admin.get(`/sessions/${id}`);
    assert.equal(state, 'closing');
    assert.deepEqual(events.slice(-2).map(({ event, detail }) =>
      [event, detail]), [['backpressure', ''], ['closed', 'slow_consumer']]);
    assert.ok(events.at(-2).bytes > 65536, `${events.at(-2).bytes} unsent`);
  }, { BACKPRESSURE_THRESHOLD_BYTES: '65536' }));

test('admin recorder: a session that is closing shows how it ended', withAdmin(
  async (admin, server) => {
    const session = await server.session('room');
    const id = await newest(admin);
    await admin.post(`/sessions/${id}/kick`);
    // The client has not answered the close frame yet.
    const { state, events } = await admin.get(`/sessions/${id}`);
    assert.equal(state, 'closing');
    assert.deepEqual(events.map(inWords), ['opened', 'joined',
      'closed kicked']);
    // What it says now is heard by nobody.
    session.sendText(marker('too late'));
    assert.equal((await session.close()).code, 1008);
    await session.finishClosing(1008);
    await until(async () =>
      (await admin.call('GET', `/sessions/${id}`)).status === 404,
    'it to be gone');
  }));
