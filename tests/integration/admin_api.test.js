// The admin API: what it shows of a node, and what it does to one. Each answer
// is held against the node's own description of it.

import assert from 'node:assert/strict';
import test from 'node:test';

import {
  ADMIN_TOKEN, API, Admin, DESCRIPTION, assertDescribed,
} from './support/admin.js';
import { offer } from './support/messages.js';
import { headerLines } from './support/raw_client.js';
import { withNode } from './support/server.js';
import { until } from './support/until.js';

const withAdmin = (body, env = {}) => withNode({ env }, (server, t) =>
  body(new Admin(server, { token: env.ADMIN_TOKEN }), server, t));

const idsOf = async (admin, room) =>
  (await admin.get(`/rooms/${room}`)).members.map(({ id }) => id);

// -- what it shows ------------------------------------------------------------

test('admin: the description is served', withAdmin(async (admin) => {
  assert.deepEqual(await admin.get('/openapi.json'), DESCRIPTION);
}));

test('admin: the overview counts', withAdmin(async (admin, server) => {
  const before = await admin.get('/overview');
  assert.deepEqual(
    [before.sessions, before.rooms, before.isReady, before.isDraining],
    [0, 0, true, false]);
  assert.equal(before.shards.length, 2);
  assert.deepEqual(before.backplane,
    { kind: 'embedded', state: 'up', breaker: 'closed' });
  assert.deepEqual(before.cluster, [{
    node: before.node, isSelf: true, isAlive: true, shards: 2,
    leaseSeconds: null,
  }]);
  assert.equal(before.environment, 'test');
  assert.equal(before.logLevel, 'info');
  const [a, b] = await server.sessions('room', 2);
  a.sendText(offer());
  await b.text();
  const after = await until(async () => {
    const now = await admin.get('/overview');
    return now.counters.messagesForwarded === 1 && now;
  }, 'the message to be counted');
  assert.deepEqual([after.sessions, after.rooms, after.connections], [2, 1, 2]);
  assert.equal(after.counters.messagesReceived, 1);
  assert.equal(after.shards.reduce((sum, x) => sum + x.sessions, 0), 2);
  assert.ok(after.uptimeSeconds > before.uptimeSeconds);
  assert.ok(after.process.descriptors > 0);
}));

test('admin: the overview names the limits in force', withAdmin(
  async (admin) => {
    const { limits } = await admin.get('/overview');
    assert.equal(limits.ROOM_CAPACITY, 7);
    assert.equal(limits.MAX_CONNECTIONS, 123);
    assert.equal(limits.DRAIN_TIMEOUT_MS, 200);
  }, { ROOM_CAPACITY: '7', MAX_CONNECTIONS: '123' }));

test('admin: a session shows what it has said and heard', withAdmin(
  async (admin, server) => {
    const [a, b] = await server.sessions('room', 2);
    a.sendText(offer('1'), offer('2'));
    await b.texts(2);
    a.sendText('{"type":"offer"}');
    await a.text('the schema error');
    const { members } = await until(async () => {
      const room = await admin.get('/rooms/room');
      return room.members.some((x) => x.messagesOut === 2) && room;
    }, 'the room to show its messages');
    const sender = members.find((x) => x.messagesIn === 3);
    const receiver = members.find((x) => x.messagesOut === 2);
    assert.equal(sender.address, '127.0.0.1');
    assert.deepEqual([sender.dialect, sender.subject, sender.state],
      ['base', '', 'open']);
    assert.equal(receiver.messagesIn, 0);
    assert.ok(receiver.bytesOut > offer('1').length * 2);
    const details = await admin.get(`/sessions/${sender.id}`);
    assert.equal(details.room, 'room');
    const events = details.events.map(({ event, detail }) =>
      (detail ? `${event} ${detail}` : event));
    assert.deepEqual(events.slice(0, 4),
      ['opened', 'joined', 'in offer', 'in offer']);
    assert.ok(events.some((x) => x.startsWith('refused ')), events.join());
    const heard = await admin.get(`/sessions/${receiver.id}`);
    assert.equal(
      heard.events.filter((x) => x.event === 'out').length, 2);
    const age = Date.now() - Date.parse(heard.events[0].at);
    assert.ok(age >= -2000 && age < 60_000, heard.events[0].at);
  }));

test('admin: a session shows its pongs', withAdmin(async (admin, server) => {
  await server.session('room');
  const session = await until(async () => {
    const { items } = await admin.get('/sessions');
    return items[0]?.lastPongSeconds !== null && items[0];
  }, 'a pong');
  const { events } = await admin.get(`/sessions/${session.id}`);
  const kinds = events.map(({ event }) => event);
  assert.ok(kinds.includes('ping') && kinds.includes('pong'), kinds.join());
}, { HEARTBEAT_INTERVAL_MS: '100' }));

test('admin: a room shows its members and what it passed on', withAdmin(
  async (admin, server) => {
    const [a, b] = await server.sessions('a.room:1', 2);
    await server.session('other');
    a.sendText(offer());
    await b.text();
    const room = await until(async () => {
      const found = await admin.get('/rooms/a.room%3A1');
      return found.messages === 1 && found;
    }, 'the message to be counted');
    assert.equal(room.id, 'a.room:1');
    assert.equal(room.members.length, 2);
    assert.equal(room.memberCount, 2);
    const { items, total } = await admin.get('/rooms');
    assert.equal(total, 2);
    assert.deepEqual(items.map(({ id, members }) => [id, members]),
      [['a.room:1', 2], ['other', 1]]);
  }));

test('admin: actors are counted by kind', withAdmin(async (admin, server) => {
  await server.sessions('room', 3);
  const { byKind, total, totals, top }
    = await admin.get('/actors?limit=1000');
  const kinds = Object.fromEntries(byKind.map((x) => [x.kind, x]));
  for (const kind of ['session', 'room', 'supervisor', 'backplane',
    'subscriber']) {
    assert.ok(kinds[kind], kind);
  }
  assert.deepEqual(
    [kinds.session.count, kinds.room.count, kinds.supervisor.count,
      kinds.backplane.count],
    [3, 1, 1, 2]);
  assert.ok(kinds.session.handled >= 3);
  assert.equal(total, top.length);
  const sum = (column) => byKind.reduce((sum, x) => sum + x[column], 0);
  assert.equal(total, sum('count'));
  assert.equal(totals.count, total);
  assert.equal(totals.handled, sum('handled'));
  assert.equal(totals.mailboxMax,
    Math.max(...byKind.map((x) => x.mailboxMax)));
}));

test('admin: actors are shown by column, kind and text', withAdmin(
  async (admin, server) => {
    await server.sessions('room', 3);
    for (const [sort, member] of [
      ['mailboxNow', 'mailboxNow'], ['mailboxMax', 'mailboxMax'],
      ['handled', 'handled'], ['handlingSeconds', 'handlingSeconds'],
      ['age', 'ageSeconds'], ['restarts', 'restarts'],
    ]) {
      const { top } = await admin.get(`/actors?limit=5&sort=${sort}`);
      assert.equal(top.length, 5);
      const column = top.map((x) => x[member]);
      assert.deepEqual(column, column.toSorted((a, b) => b - a), sort);
    }
    const sessions = await admin.get('/actors?kind=session&limit=2');
    assert.equal(sessions.total, 3);
    assert.deepEqual(sessions.top.map(({ kind, room }) => [kind, room]),
      [['session', 'room'], ['session', 'room']]);
    assert.equal((await admin.get('/actors?limit=0')).top.length, 0);
    const [{ session }] = sessions.top;
    const found = await admin.get(`/actors?filter=${session}`);
    assert.ok(found.top.some((x) => x.session === session));
  }));

test('admin: an actor shows what it handled', withAdmin(
  async (admin, server) => {
    const [a, b] = await server.sessions('room', 2);
    a.sendText(offer());
    await b.text();
    const room = await until(async () => {
      const { actor } = await admin.get('/rooms/room');
      const found = await admin.get(`/actors/${actor}`);
      return found.handledByType.relay === 1 && found;
    }, 'the room to have handled the message');
    assert.equal(room.kind, 'room');
    assert.equal(room.room, 'room');
    assert.equal(room.handledByType.enter, 2);
    const counts = room.handlingHistogram.counts;
    assert.ok(counts.reduce((sum, x) => sum + x, 0) >= 3);
  }));

// -- what is not there --------------------------------------------------------

test('admin: what is not there is 404', withAdmin(async (admin) => {
  for (const [method, path] of [
    ['GET', '/rooms/nobody'], ['GET', '/sessions/12345'],
    ['GET', '/sessions/abc'], ['GET', '/actors/999999999'],
    ['POST', '/rooms/nobody/close'], ['POST', '/sessions/12345/kick'],
    ['GET', '/nothing'], ['GET', '/rooms/'],
  ]) {
    const answer = await admin.call(method, path);
    assert.equal(answer.status, 404, `${method} ${path}`);
    assert.equal(typeof answer.json.error, 'string');
  }
  assert.equal((await admin.raw('GET', '/admin/api')).status, 404);
}));

const METHODS = {
  '/openapi.json': 'GET, HEAD',
  '/overview': 'GET, HEAD',
  '/overview/stream': 'GET, HEAD',
  '/rooms': 'GET, HEAD',
  '/rooms/a': 'GET, HEAD',
  '/rooms/a/close': 'POST',
  '/sessions': 'GET, HEAD',
  '/sessions/1': 'GET, HEAD',
  '/sessions/1/kick': 'POST',
  '/actors': 'GET, HEAD',
  '/actors/1': 'GET, HEAD',
  '/drain': 'POST',
  '/log-level': 'PUT',
};

test('admin: another method is 405 and told which', withAdmin(
  async (admin, server) => {
    for (const [path, allowed] of Object.entries(METHODS)) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH',
        'OPTIONS']) {
        if (allowed.split(', ').includes(method)) continue;
        const answer = await admin.raw(method, API + path);
        assert.deepEqual([answer.status, answer.headers.allow],
          [405, allowed], `${method} ${path}`);
      }
    }
    assert.equal((await server.http('/readyz')).body, 'ready');
  }));

test('admin: a bad parameter is 400 and named', withAdmin(async (admin) => {
  for (const [method, path, name] of [
    ['GET', '/overview?x=1', 'x'],
    ['GET', '/overview/stream?intervalMs=1', 'intervalMs'],
    ['GET', '/overview/stream?x', 'x'],
    ['GET', '/rooms?limit=0', 'limit'],
    ['GET', '/rooms?sort=members', 'sort'],
    ['GET', '/rooms?after=garbage', 'after'],
    ['GET', `/rooms?filter=${'x'.repeat(257)}`, 'filter'],
    ['GET', '/rooms/a?x=1', 'x'],
    ['GET', '/sessions?limit=1001', 'limit'],
    ['GET', '/sessions?limit=1&limit=2', 'limit'],
    ['GET', '/sessions?sort=name', 'sort'],
    ['GET', '/sessions?after=%00', 'after'],
    ['GET', '/sessions?filter=%ff', 'filter'],
    ['GET', '/sessions/1?x=1', 'x'],
    ['GET', '/actors?limit=-1', 'limit'],
    ['GET', '/actors?kind=cats', 'kind'],
    ['GET', '/actors?sort=id', 'sort'],
    ['GET', '/actors?after=x', 'after'],
    ['POST', '/rooms/a/close?now=1', 'now'],
    ['POST', '/sessions/1/kick?now=1', 'now'],
    ['POST', '/drain', 'action'],
    ['POST', '/drain?action=stop', 'action'],
    ['POST', '/drain?action=start&x=1', 'x'],
    ['PUT', '/log-level', 'level'],
    ['PUT', '/log-level?level=loud', 'level'],
  ]) {
    const answer = await admin.call(method, path);
    assert.equal(answer.status, 400, `${method} ${path}`);
    assert.match(answer.json.error, new RegExp(`^${name}: expected `));
  }
  assert.equal((await admin.get('/overview')).isDraining, false);
}));

// -- how it speaks ------------------------------------------------------------

test('admin: HEAD says what GET says, without a body', withAdmin(
  async (admin, server) => {
    await server.session('room');
    for (const path of ['/rooms', '/rooms/room', '/sessions', '/actors',
      '/openapi.json']) {
      const head = await admin.call('HEAD', path);
      assert.deepEqual([head.status, head.body], [200, ''], path);
      assert.equal(head.headers['content-type'], 'application/json');
      assert.ok(Number(head.headers['content-length']) > 2, path);
    }
    const stream = await admin.call('HEAD', '/overview/stream');
    assert.deepEqual([stream.status, stream.body], [200, '']);
    assert.equal((await admin.call('HEAD', '/rooms/nobody')).status, 404);
  }));

test('admin: answers are kept by nobody', withAdmin(async (admin) => {
  for (const path of ['/overview', '/sessions', '/openapi.json']) {
    const { headers } = await admin.call('GET', path);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
  }
}));

test('admin: pipelined requests are answered in order', withAdmin(
  async (admin, server) => {
    await server.session('room');
    const client = await server.raw();
    const get = (target, headers = {}) => `GET ${target} HTTP/1.1\r\n${
      headerLines({ Host: 'localhost', ...headers })}\r\n`;
    client.write([`${API}/rooms`, '/healthz', `${API}/sessions?limit=1`,
      `${API}/rooms/nobody`, '/readyz', `${API}/overview`]
      .map((target) => get(target)).join('')
      + get(`${API}/actors`, { Connection: 'close' }));
    const bodies = [];
    for (let i = 0; i < 7; ++i) bodies.push((await client.response()).body);
    assert.equal(JSON.parse(bodies[0]).items[0].id, 'room');
    assert.equal(bodies[1], 'ok');
    assert.equal(JSON.parse(bodies[2]).items.length, 1);
    assert.match(bodies[3], /"error"/);
    assert.equal(bodies[4], 'ready');
    assert.equal(JSON.parse(bodies[5]).sessions, 1);
    assert.ok(JSON.parse(bodies[6]).total > 0);
    assert.equal(await client.ended(), 'end');
  }));

test('admin: who leaves before the answer is no trouble', withAdmin(
  async (admin, server) => {
    for (let i = 0; i < 50; ++i) {
      const client = await server.raw();
      client.write(`GET ${API}/sessions HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      if (i % 2) client.reset(); else client.drop();
    }
    assert.equal((await admin.get('/overview')).sessions, 0);
  }));

test('admin: an upgrade there is a request like others', withAdmin(
  async (admin, server) => {
    const client = await server.raw();
    const answer = await client.upgrade({ target: `${API}/rooms` });
    assert.equal(answer.status, 200);
    assert.deepEqual(JSON.parse(answer.body).items, []);
  }));

test('admin: both ports serve it', withNode({ env: { HEALTH_PORT: '0' } },
  async (server) => {
    const there = new Admin(server, { port: server.healthPort });
    const here = new Admin(server);
    await server.session('room');
    assert.equal((await there.get('/rooms')).total, 1);
    assert.equal((await here.get('/rooms')).total, 1);
  }));

// -- secrets ------------------------------------------------------------------

const SECRETS = {
  ADMIN_TOKEN,
  JWT_SECRET: 'hush-this-is-the-first-secret-of-all',
  JWT_SECRET_PREVIOUS: 'hush-this-is-the-other-secret-of-all',
};

test('admin: no answer holds a secret', withAdmin(async (admin, server) => {
  await server.session('room', { query: '?roomId=room&token=hush-a-token' });
  const answers = [];
  for (const path of Object.keys(METHODS)) {
    if (path === '/overview/stream') continue;
    for (const method of ['GET', 'POST', 'PUT']) {
      if (path === '/drain' && method === 'POST') continue;
      answers.push(await admin.raw(method, API + path));
    }
  }
  const wrong = new Admin(server, { token: 'hush-a-guess' });
  answers.push(await wrong.raw('GET', `${API}/overview`));
  const all = JSON.stringify([answers, server.log]);
  assert.doesNotMatch(all, /hush/);
  assert.ok(!all.includes(ADMIN_TOKEN));
}, SECRETS));

test('admin: no answer holds the password of Redis', withAdmin(
  async (admin) => {
    const answers = [await admin.get('/overview'), await admin.get('/actors')];
    assert.deepEqual(answers[0].backplane.kind, 'redis');
    assert.doesNotMatch(JSON.stringify(answers), /hush/);
  }, { REDIS_URL: 'redis://somebody:hush-password@127.0.0.1:1' }));

test('admin: every answer so far is described', () => {
  // Of the errors, one of each kind.
  for (const status of [401, 403, 405]) {
    assertDescribed('GET', `${API}/overview`, status, { error: 'why' });
  }
  assert.throws(() => assertDescribed('GET', `${API}/overview`, 200, {}));
});
