// What the admin API does to a node: kicks, closes, drains, log levels. Seen by
// the clients it happens to, and in the log.

import assert from 'node:assert/strict';
import test from 'node:test';

import { ADMIN_TOKEN, API, Admin, assertDescribed } from './support/admin.js';
import {
  PEER_DISCONNECTED, assertNothingBefore, offer,
} from './support/messages.js';
import { withNode } from './support/server.js';
import { until } from './support/until.js';

const withAdmin = (body, env = {}) => withNode({ env }, (server) =>
  body(new Admin(server), server));

// -- kick and close -----------------------------------------------------------

test('admin: a kicked session is closed, and its peers are told', withAdmin(
  async (admin, server) => {
    const a = await server.session('room');
    const [{ id }] = (await admin.get('/sessions')).items;
    const b = await server.session('room');
    assert.deepEqual(await admin.post(`/sessions/${id}/kick`),
      { session: id, room: 'room' });
    assert.deepEqual(await a.close(), { code: 1008, reason: 'Kicked' });
    assert.equal(await b.text(), PEER_DISCONNECTED);
    await a.finishClosing(1008);
    await server.untilMetric('signaling_active_connections', 1);
    const line = await until(() => server.logged('session kicked'),
      'the line in the log');
    assert.deepEqual([line.level, line.session, line.room, line.from],
      ['warn', Number(id), 'room', '127.0.0.1']);
    assert.equal((await admin.call('POST', `/sessions/${id}/kick`)).status,
      404);
  }));

test('admin: a closed room ends all its sessions and no other', withAdmin(
  async (admin, server) => {
    const inside = await server.sessions('room', 3);
    const [other, peer] = await server.sessions('other', 2);
    assert.deepEqual(await admin.post('/rooms/room/close'),
      { room: 'room', sessions: 3, hasRemote: false });
    for (const session of inside) {
      const { code, reason } = await session.untilClose();
      assert.deepEqual([code, reason], [1008, 'Room closed']);
    }
    await assertNothingBefore(peer, other);
    await server.untilMetric('signaling_local_rooms', 1);
    const line = await until(() => server.logged('room closed'), 'the line');
    assert.deepEqual([line.level, line.room, line.sessions, line.from],
      ['warn', 'room', 3, '127.0.0.1']);
    // The room is not locked.
    await server.session('room');
    await server.untilMetric('signaling_local_rooms', 2);
  }));

// -- drain --------------------------------------------------------------------

test('admin: a drain closes the sessions and can be taken back', withAdmin(
  async (admin, server) => {
    const session = await server.session('room');
    assert.deepEqual(await admin.post('/drain', { action: 'start' }),
      { isDraining: true });
    assert.equal((await server.http('/readyz')).status, 503);
    assert.deepEqual(await session.close(),
      { code: 1012, reason: 'Server draining' });
    const refused = await server.session('room');
    assert.deepEqual(await refused.close(),
      { code: 1012, reason: 'Server draining' });
    assert.equal((await admin.get('/overview')).isDraining, true);
    assert.deepEqual(await admin.post('/drain?action=start'),
      { isDraining: true });
    assert.deepEqual(await admin.post('/drain?action=cancel'),
      { isDraining: false });
    assert.equal((await server.http('/readyz')).body, 'ready');
    const [a, b] = await server.sessions('room', 2);
    a.sendText(offer());
    assert.equal(await b.text(), offer());
    for (const what of ['drain started by an admin',
      'drain cancelled by an admin']) {
      const line = await until(() => server.logged(what), what);
      assert.deepEqual([line.level, line.from], ['warn', '127.0.0.1']);
    }
  }));

test('admin: a cancelled drain leaves those who are still there', withAdmin(
  async (admin, server) => {
    const sessions = await server.sessions('room', 4);
    await admin.post('/drain', { action: 'start' });
    await admin.post('/drain', { action: 'cancel' });
    const { items } = await admin.get('/sessions');
    const open = sessions.filter((x) => x.frames.every((f) => f.opcode !== 8));
    assert.equal(items.filter((x) => x.state === 'open').length, open.length);
    assert.ok(open.length >= 2, `${open.length} are left`);
    const [a, b] = open;
    a.sendText(offer());
    await until(() => b.frames.some((x) => x.payload.toString() === offer()),
      'the message');
  }, { DRAIN_TIMEOUT_MS: '60000' }));

test('admin: without a drain there is none to cancel', withAdmin(
  async (admin) => {
    const answer = await admin.call('POST', '/drain?action=cancel');
    assert.equal(answer.status, 409);
    assert.match(answer.json.error, /no drain/);
  }));

test('admin: a drain that a signal began goes on', withAdmin(
  async (admin, server) => {
    const session = await server.session('room');
    await server.session('other');
    server.signal('SIGTERM');
    await until(async () => (await server.http('/readyz')).status === 503,
      'the drain');
    assert.equal((await admin.call('POST', '/drain?action=cancel')).status,
      409);
    assert.equal((await admin.get('/overview')).isDraining, true);
    assert.equal((await session.untilClose()).code, 1012);
    await server.endedCleanly(20_000);
  }, { DRAIN_TIMEOUT_MS: '3000' }));

test('admin: a node that was drained by an admin ends on a signal', withAdmin(
  async (admin, server) => {
    await server.session('room');
    await admin.post('/drain?action=start');
    await until(async () => (await admin.get('/overview')).sessions === 0,
      'the sessions to be gone');
    server.signal('SIGTERM');
    await server.endedCleanly();
  }));

// -- the log level ------------------------------------------------------------

test('admin: the log level takes effect', withAdmin(async (admin, server) => {
  const set = (level) => admin.call('PUT', '/log-level',
    JSON.stringify({ level }));
  const refuse = async () => {
    const session = await server.session('not a room');
    await session.untilClose();
  };
  assert.deepEqual((await set('error')).json, { level: 'error' });
  assert.equal((await admin.get('/overview')).logLevel, 'error');
  await refuse();
  assert.deepEqual((await set('info')).json, { level: 'info' });
  await until(() => server.log.filter((x) => x.message === 'log level changed')
    .length === 2, 'both changes in the log');
  assert.equal(server.logged('session refused'), undefined);
  // One such line a second is written.
  await until(async () => {
    await refuse();
    return server.logged('session refused');
  }, 'the refusal in the log');
  const changes = server.log.filter((x) => x.message === 'log level changed');
  assert.deepEqual(changes.map((x) => [x.level, x.new_level, x.from]),
    [['warn', 'error', '127.0.0.1'], ['warn', 'info', '127.0.0.1']]);
}));

// -- the audit ----------------------------------------------------------------

/** Does all that can be done to a node, with the level as it is. */
async function changeAll(admin, server) {
  const session = await server.session('room');
  const [{ id }] = (await admin.get('/sessions')).items;
  await admin.post(`/sessions/${id}/kick`);
  await session.untilClose();
  await server.session('other');
  await admin.post('/rooms/other/close');
  await admin.post('/drain?action=start');
  await admin.post('/drain?action=cancel');
}

const CHANGES = ['session kicked', 'room closed', 'drain started by an admin',
  'drain cancelled by an admin'];

for (const level of ['off', 'error']) {
  test(`admin: with the level ${level} changes are logged all the same`,
    withAdmin(async (admin, server) => {
      await admin.call('PUT', `/log-level?level=${level}`);
      await changeAll(admin, server);
      await admin.call('PUT', `/log-level?level=${level}`);
      const isWritten = () => server.log.filter(
        (x) => x.message === 'log level changed').length === 2;
      await until(isWritten, 'the last change in the log');
      const begin = server.log.findIndex(
        (x) => x.message === 'log level changed');
      assert.deepEqual(server.log.slice(begin).map((x) =>
        [x.level, x.folder, x.message]),
      ['log level changed', ...CHANGES, 'log level changed'].map((message) =>
        ['warn', 'admin', message]));
    }));
}

test('admin: behind a trusted proxy the log names the client', withNode({
  env: { ADMIN_TOKEN, TRUSTED_PROXIES: '127.0.0.1/32' },
}, async (server) => {
  const admin = new Admin(server, {
    token: ADMIN_TOKEN, headers: { 'X-Forwarded-For': '192.0.2.7' },
  });
  await changeAll(admin, server);
  await admin.call('PUT', '/log-level?level=info');
  for (const message of [...CHANGES, 'log level changed']) {
    const line = await until(() => server.logged(message), message);
    assert.equal(line.from, '192.0.2.7', message);
  }
}));

// -- bodies -------------------------------------------------------------------

const request = (method, path, headers, body = '') =>
  `${method} ${API}${path} HTTP/1.1\r\nHost: localhost\r\n${headers
    .map((x) => `${x}\r\n`).join('')}\r\n${body}`;

test('admin: a body is read, and what follows it is the next request',
  withAdmin(async (admin, server) => {
    const client = await server.raw();
    const body = '{"level":"warn"}';
    client.write(request('PUT', '/log-level', [`Content-Length: ${body.length}`],
      body) + request('GET', '/rooms', []));
    assert.equal((await client.response()).body, '{"level":"warn"}');
    assert.equal(JSON.parse((await client.response()).body).total, 0);
    for (const byte of request('PUT', '/log-level',
      [`Content-Length: ${body.length}`], body)) {
      client.write(byte);
    }
    assert.equal((await client.response()).status, 200);
  }));

test('admin: a client that asks before it sends a body is told to', withAdmin(
  async (admin, server) => {
    const client = await server.raw();
    const body = '{"action":"cancel"}';
    client.write(request('POST', '/drain',
      [`Content-Length: ${body.length}`, 'Expect: 100-continue']));
    assert.equal((await client.response()).status, 100);
    client.write(body);
    assert.equal((await client.response()).status, 409);
  }));

test('admin: in HTTP/1.0 nobody is told to go on', withAdmin(
  async (admin, server) => {
    const client = await server.raw();
    const body = '{"action":"cancel"}';
    client.write(request('POST', '/drain', [`Content-Length: ${body.length}`,
      'Expect: 100-continue']).replace('HTTP/1.1', 'HTTP/1.0') + body);
    assert.equal((await client.response()).status, 409);
  }));

for (const [what, headers, body, status] of [
  ['over 4,096 bytes', ['Content-Length: 4097'], 'x'.repeat(4097), 413],
  ['of a huge length', ['Content-Length: 99999999999999'], '', 413],
  ['in chunks', ['Transfer-Encoding: chunked'], '0\r\n\r\n', 411],
]) {
  test(`admin: a body ${what} is ${status} and the last of its connection`,
    withAdmin(async (admin, server) => {
      const client = await server.raw();
      client.write(request('POST', '/drain?action=start', headers, body)
        + request('POST', '/drain?action=start', []));
      const answer = await client.response();
      assert.equal(answer.status, status);
      assert.equal(answer.headers.connection, 'close');
      assert.equal(await client.ended(), 'end');
      assert.equal((await admin.get('/overview')).isDraining, false);
    }));
}

test('admin: whatever takes a body says 411 and 413 of what it does not read',
  withAdmin(async (admin, server) => {
    const session = await server.session('room');
    const [{ id }] = (await admin.get('/sessions')).items;
    for (const [method, path] of [
      ['POST', `/sessions/${id}/kick`], ['POST', '/rooms/room/close'],
      ['POST', '/drain'], ['PUT', '/log-level'],
    ]) {
      for (const [status, header, body] of [
        [411, 'Transfer-Encoding: chunked', '0\r\n\r\n'],
        [413, 'Content-Length: 4097', ' '.repeat(4097)],
      ]) {
        const client = await server.raw();
        client.write(request(method, path, [header], body));
        const answer = await client.response();
        assert.equal(answer.status, status, `${method} ${path}`);
        assertDescribed(method, API + path, status, JSON.parse(answer.body));
      }
    }
    assert.equal(session.frames.length, 0);
  }));

test('admin: a body that is no object of strings is 400', withAdmin(
  async (admin) => {
    for (const body of ['x', '[]', '"start"', '{"action":["start"]}',
      '{"action":"start","action":"start"}', ' '.repeat(4096)]) {
      const answer = await admin.call('POST', '/drain', body);
      assert.equal(answer.status, 400, body);
    }
    assert.equal((await admin.get('/overview')).isDraining, false);
  }));

test('admin: a body that does not come is not waited for', withAdmin(
  async (admin, server) => {
    const client = await server.raw();
    client.write(request('POST', '/drain', ['Content-Length: 100'], '{'));
    assert.equal(await client.ended(), 'end');
    assert.equal((await admin.get('/overview')).isDraining, false);
  }, { HANDSHAKE_TIMEOUT_MS: '300' }));
