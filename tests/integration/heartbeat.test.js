// Pings: who answers stays, who does not is dropped, and the others hear of it.

import assert from 'node:assert/strict';
import test from 'node:test';

import { PEER_DISCONNECTED, assertNothingBefore } from './support/messages.js';
import { withNode } from './support/server.js';
import { until } from './support/until.js';

const QUICK = { env: { HEARTBEAT_INTERVAL_MS: '300' } };

test('heartbeat: one who answers pings stays', withNode(QUICK,
  async (server) => {
    const [a, b] = await server.sessions('room', 2);
    await until(() => a.pings >= 5 && b.pings >= 5, 'five pings each');
    assert.equal(await server.metric('signaling_active_connections'), 2);
    await assertNothingBefore(a, b);
  }));

test('heartbeat: one who does not is dropped after one ping, and heard to leave'
  + ' once', withNode(QUICK, async (server) => {
  const [a, b] = await server.sessions('room', 2);
  const silent = await server.session('room');
  silent.answersPings = false;
  await silent.ended();
  assert.equal(silent.pings, 1);
  assert.deepEqual(silent.frames, [], 'dropped, not closed');
  assert.equal(await a.text(), PEER_DISCONNECTED);
  assert.equal(await b.text(), PEER_DISCONNECTED);
  await assertNothingBefore(a, b);
  await server.untilMetric('signaling_active_connections', 2);
}));

test('heartbeat: a client whose cable was pulled gives up its seat', withNode({
  env: { HEARTBEAT_INTERVAL_MS: '300', ROOM_CAPACITY: '2' },
}, async (server) => {
  const before = await server.descriptorsAtRest() + 1;
  const stays = await server.session('room');
  const gone = await server.session('room');
  gone.goDeaf();
  assert.equal(await stays.text(), PEER_DISCONNECTED);
  await until(() => server.descriptors() <= before, 'its descriptor');
  const again = await server.session('room');
  await assertNothingBefore(stays, again);
}));

test('heartbeat: nobody is pinged before the first interval is over', withNode({
  env: { HEARTBEAT_INTERVAL_MS: '60000' },
}, async (server) => {
  const [a, b] = await server.sessions('room', 2);
  for (let i = 0; i < 50; ++i) await assertNothingBefore(a, b, i);
  assert.equal(a.pings + b.pings, 0);
}));

test('heartbeat: of a thousand sessions each is pinged', withNode({
  env: { HEARTBEAT_INTERVAL_MS: '2000' },
}, async (server) => {
  const all = [];
  for (let i = 0; i < 1000; ++i) all.push(await server.session(`room-${i}`));
  const dropped = () => all.filter((client) => client.end);
  await until(() => dropped().length > 0
    || all.every((client) => client.pings >= 2),
  'two pings for each of a thousand', 30_000);
  assert.equal(dropped().length, 0, 'all answered, none may be dropped');
}));
