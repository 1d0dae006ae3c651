// Lists that are read page by page: in every order, through filters, and while
// sessions come and go.

import assert from 'node:assert/strict';
import test from 'node:test';

import { Admin } from './support/admin.js';
import { messageOfSize, offer } from './support/messages.js';
import { withNode } from './support/server.js';
import { until } from './support/until.js';

const withAdmin = (body, env = {}) => withNode({ env }, (server) =>
  body(new Admin(server), server));

const SORTS = ['id', 'messages', 'bytes', 'unsent', 'age'];

/** Sessions of one room each. */
async function roomsOf(server, count, prefix = 'room') {
  const all = [];
  for (let i = 0; i < count; ++i) {
    all.push(await server.session(`${prefix}-${i}`));
  }
  await server.untilMetric('signaling_active_connections', count);
  return all;
}

const unique = (items) => new Set(items.map(({ id }) => id)).size;

test('admin paging: pages of every size hold each item once', withAdmin(
  async (admin, server) => {
    await roomsOf(server, 23);
    for (const path of ['/sessions', '/rooms']) {
      for (const sort of SORTS) {
        for (const limit of [1, 7, 23, 24, 1000]) {
          const items = await admin.pages(`${path}?sort=${sort}`, limit);
          assert.equal(items.length, 23, `${path} ${sort} ${limit}`);
          assert.equal(unique(items), 23, `${path} ${sort} ${limit}`);
        }
      }
    }
  }));

test('admin paging: a page is told whether it is the last', withAdmin(
  async (admin, server) => {
    await roomsOf(server, 4);
    for (const [limit, isLast] of [[3, false], [4, true], [5, true]]) {
      const page = await admin.get(`/sessions?limit=${limit}`);
      assert.equal(page.next === null, isLast, `limit ${limit}`);
      assert.equal(page.total, 4);
    }
    const { next } = await admin.get('/rooms?limit=1&sort=age');
    const answer = await admin.call('GET', `/rooms?sort=bytes&after=${next}`);
    assert.equal(answer.status, 400);
    assert.match(answer.json.error, /^after: /);
  }));

test('admin paging: ids ascend, all else descends', withAdmin(
  async (admin, server) => {
    const sessions = await server.sessions('room', 4);
    for (let i = 0; i < sessions.length; ++i) {
      sessions[i].sendText(...Array(i).fill(messageOfSize(100 * (i + 1))));
    }
    await until(async () =>
      (await admin.get('/rooms/room')).messages === 6, 'the messages');
    await until(async () => (await admin.get('/sessions')).items
      .reduce((sum, x) => sum + x.messagesOut, 0) === 18, 'the deliveries');
    const column = async (sort, value) =>
      (await admin.pages(`/sessions?sort=${sort}`, 2)).map(value);
    const falls = (numbers) =>
      numbers.every((x, i) => i === 0 || numbers[i - 1] >= x);
    const ids = await column('id', (x) => BigInt(x.id));
    assert.ok(ids.every((x, i) => i === 0 || ids[i - 1] < x), ids.join());
    assert.ok(falls(await column('messages',
      (x) => x.messagesIn + x.messagesOut)));
    assert.ok(falls(await column('bytes', (x) => x.bytesIn + x.bytesOut)));
    // Two pages are read one after another, so ages only grow.
    const oldest = (await admin.get('/sessions?sort=age')).items;
    assert.ok(falls(oldest.map((x) => x.ageSeconds)));
    const rooms = await roomNames(server, admin);
    assert.deepEqual(rooms, rooms.toSorted());
  }));

async function roomNames(server, admin) {
  for (const name of ['zebra', 'ant', 'Bee', 'b.c', 'b-c']) {
    await server.session(name);
  }
  return (await admin.pages('/rooms', 2)).map(({ id }) => id);
}

test('admin paging: a filter finds text in ids, rooms and addresses', withAdmin(
  async (admin, server) => {
    await roomsOf(server, 12, 'blue');
    await server.sessions('green', 3);
    const found = async (path) => (await admin.get(path)).total;
    assert.equal(await found('/sessions?filter=blue'), 12);
    assert.equal(await found('/sessions?filter=blue-1'), 3);
    assert.equal(await found('/sessions?filter=green'), 3);
    assert.equal(await found('/sessions?filter=127.0.0.1'), 15);
    assert.equal(await found('/sessions?filter=red'), 0);
    assert.equal(await found('/rooms?filter=e'), 13);
    assert.equal(await found('/rooms?filter=green'), 1);
    const items = await admin.pages('/sessions?filter=blue', 5);
    assert.equal(unique(items), 12);
    const [{ id }] = items;
    assert.ok((await admin.get(`/sessions?filter=${id}`)).items
      .some((x) => x.id === id));
  }));

for (const sort of ['id', 'age']) {
  test(`admin paging: by ${sort} who stays is met once, whoever comes and goes`,
    withAdmin((admin, server) => pagesWhileOthersCome(admin, server, sort)));
}

async function pagesWhileOthersCome(admin, server, sort) {
  const staying = await server.sessions('stay', 40);
  const names = (await admin.pages('/sessions', 1000)).map(({ id }) => id);
  assert.equal(names.length, staying.length);
  for (let round = 0; round < 3; ++round) {
    const coming = [];
    const items = await admin.pages(`/sessions?sort=${sort}`, 3, async () => {
      coming.push(await server.session(`come-${coming.length % 5}`));
      if (coming.length > 4) coming.shift().drop();
    });
    const met = items.map(({ id }) => id).filter((id) => names.includes(id));
    assert.deepEqual(met.toSorted(), names.toSorted());
    for (const session of coming) session.drop();
  }
}

test('admin paging: rooms that stay are met once while others come and go',
  withAdmin(async (admin, server) => {
    await roomsOf(server, 30, 'stay');
    const passing = [];
    const items = await admin.pages('/rooms', 2, async () => {
      passing.push(await server.session(`passing-${passing.length}`));
      if (passing.length > 3) passing.shift().drop();
    });
    const met = items.map(({ id }) => id).filter((id) => id.startsWith('stay'));
    assert.equal(met.length, 30);
    assert.equal(new Set(met).size, 30);
  }));

test('admin paging: a page of a thousand leaves the clients their turns',
  withAdmin(async (admin, server) => {
    await roomsOf(server, 300);
    const [a, b] = await server.sessions('talk', 2);
    const lists = Array.from({ length: 20 },
      () => admin.get('/sessions?limit=1000'));
    for (let i = 0; i < 20; ++i) {
      a.sendText(offer(String(i)));
      assert.equal(await b.text(), offer(String(i)));
    }
    for (const page of await Promise.all(lists)) {
      assert.equal(page.items.length, 302);
    }
  }));
