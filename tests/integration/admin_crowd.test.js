// The admin API when much is asked of it: more at once than a shard takes, and
// answers that are written in several slices.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { API, Admin } from './support/admin.js';
import { bytesUnderWay } from './support/process_facts.js';
import { withNode } from './support/server.js';
import { until } from './support/until.js';

const get = (path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

/** Inquiries that a shard takes at once, and connections it reads in a turn. */
const INQUIRIES = 64;
const EVENTS_A_TURN = 16;

const stateOf = (pid) =>
  /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))[1];

test('admin crowd: more than 64 inquiries at once are 503', withNode({
  // It stands still for a while, and its clocks go on.
  env: { SHARDS: '1', HANDSHAKE_TIMEOUT_MS: '60000' },
}, async (server) => {
  // A list is rendered 20 sessions a turn: the first one takes more turns than
  // it takes to read all requests.
  const sessions = 40 * Math.ceil(INQUIRIES / EVENTS_A_TURN);
  for (let i = 0; i < sessions; ++i) await server.session(`room-${i}`);
  const clients = [];
  while (clients.length < INQUIRIES + 9) {
    const client = await server.raw();
    client.write(get('/healthz'));
    assert.equal((await client.response()).body, 'ok');
    clients.push(client);
  }
  server.signal('SIGSTOP');
  await until(() => stateOf(server.pid) === 'T', 'the node to stand still');
  for (const client of clients) client.write(get(`${API}/sessions?limit=1000`));
  await until(() => clients.every(({ socket }) => bytesUnderWay(
    socket.localPort, server.port) > 0), 'all requests to be there');
  server.signal('SIGCONT');
  const answers = await Promise.all(clients.map((x) => x.response()));
  const refused = answers.filter((x) => x.status !== 200);
  assert.deepEqual(refused.map((x) => [x.status, x.headers['retry-after'],
    JSON.parse(x.body).error]),
  Array(9).fill([503, '1', 'too much is asked already']));
  // They are all answered: it takes others again.
  assert.equal((await new Admin(server).get('/sessions')).total, sessions);
}));

test('admin crowd: a large answer comes whole, and the next one behind it',
  withNode({}, async (server) => {
    const names = Array.from({ length: 600 }, (_, i) => `room-${1000 + i}`);
    for (const name of names) await server.session(name);
    await server.untilMetric('signaling_active_connections', names.length);
    const client = await server.raw();
    client.write(get(`${API}/rooms?limit=1000`) + get(`${API}/rooms/nobody`)
      + get(`${API}/sessions?limit=1000`) + get('/healthz'));
    const rooms = await client.response();
    assert.ok(rooms.body.length > 64 * 1024, `${rooms.body.length} bytes`);
    assert.deepEqual(JSON.parse(rooms.body).items.map(({ id }) => id), names);
    assert.equal((await client.response()).status, 404);
    assert.equal(JSON.parse((await client.response()).body).items.length,
      names.length);
    assert.equal((await client.response()).body, 'ok');
    // One that is the last of its connection.
    const last = await server.raw();
    last.write(get(`${API}/rooms?limit=1000`).replace('Host',
      'Connection: close\r\nHost'));
    assert.equal(JSON.parse((await last.response()).body).items.length,
      names.length);
    assert.equal(await last.ended(), 'end');
    // Of its head alone there is nothing to slice.
    const head = await new Admin(server).call('HEAD', '/rooms?limit=1000');
    assert.ok(Number(head.headers['content-length']) > 64 * 1024);
    assert.equal(head.body, '');
  }));

test('admin crowd: who reads large answers late gets them whole', withNode({},
  async (server) => {
    for (let i = 0; i < 400; ++i) await server.session(`room-${i}`);
    const client = await server.raw();
    client.goDeaf();
    const count = 100;
    client.write(get(`${API}/sessions?limit=1000`).repeat(count));
    // More than the kernel holds in between would be about 8 MiB of them.
    const underWay = () => bytesUnderWay(server.port, client.socket.localPort);
    await until(() => underWay() > 2 ** 20, 'the answers to pile up');
    client.listenAgain();
    for (let i = 0; i < count; ++i) {
      const { items } = JSON.parse((await client.response()).body);
      assert.equal(items.length, 400);
    }
    client.write(get('/healthz'));
    assert.equal((await client.response()).body, 'ok');
  }));

test('admin crowd: who leaves in the midst of a large answer is no trouble',
  withNode({}, async (server) => {
    for (let i = 0; i < 400; ++i) await server.session(`room-${i}`);
    for (let i = 0; i < 20; ++i) {
      const client = await server.raw();
      client.write(get(`${API}/sessions?limit=1000`));
      await until(() => bytesUnderWay(server.port, client.socket.localPort) > 0
        || client.socket.bytesRead > 0, 'the answer to begin');
      if (i % 2) client.reset(); else client.drop();
    }
    await until(async () => (await new Admin(server).get('/overview'))
      .connections === 400, 'them to be gone');
  }));
