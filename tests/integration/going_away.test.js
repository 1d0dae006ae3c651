// The end of a node, asked for and not.

import assert from 'node:assert/strict';
import test from 'node:test';

import { CLOSE } from './support/frames.js';
import {
  PEER_DISCONNECTED, assertNothingBefore, countOf, offer,
} from './support/messages.js';
import { closeOf } from './support/raw_client.js';
import { Server, freePort, withNode } from './support/server.js';
import { DEADLINE_MS, until } from './support/until.js';

const DRAINING = { code: 1012, reason: 'Server draining' };
const draining = (ms, env = {}) =>
  ({ env: { DRAIN_TIMEOUT_MS: String(ms), ...env } });

/** Answers the close as soon as it comes, and remembers when and what. */
function watchClose(client) {
  const seen = { at: undefined, close: undefined };
  client.socket.on('data', () => {
    const last = client.frames.at(-1);
    if (seen.close || last?.opcode !== CLOSE) return;
    seen.at = performance.now();
    seen.close = closeOf(last);
    client.sendClose(seen.close.code);
  });
  return seen;
}

const untilNotReady = (server, port) => until(async () => {
  const answer = await server.http('/readyz', { port });
  return answer.status === 503 && answer.body === 'not-ready';
}, 'readyz to say not-ready');

test('going away: readiness turns first, closes are spread, and all is over in'
  + ' time', withNode(draining(3000), async (server, t) => {
  const clients = [];
  for (let i = 0; i < 50; ++i) clients.push(await server.session(`room-${i}`));
  const seen = clients.map(watchClose);
  const begin = performance.now();
  server.signal('SIGTERM');
  await untilNotReady(server);
  const closedThen = seen.filter((one) => one.close).length;
  assert.ok(closedThen < 25, `${closedThen} of 50 were closed by then`);
  assert.equal((await server.http('/healthz')).body, 'ok');
  await server.endedCleanly(3000 + DEADLINE_MS);
  const took = performance.now() - begin;
  for (const one of seen) assert.deepEqual(one.close, DRAINING);
  const times = seen.map((one) => one.at - begin).sort((a, b) => a - b);
  t.diagnostic(`closes from ${times[0].toFixed(0)} to `
    + `${times.at(-1).toFixed(0)} ms, over after ${took.toFixed(0)} ms`);
  // In no fifth of the time are more than half of them closed.
  for (const time of times) {
    const near = times.filter((it) => it >= time && it < time + 600).length;
    assert.ok(near <= 25, `${near} of 50 closed within 600 ms of 3000`);
  }
  assert.ok(times.at(-1) <= 3000 + 250, `the last at ${times.at(-1)} ms`);
  assert.ok(took < 3000 + 1500, `over after ${took} ms`);
}));

test('going away: without sessions it is over at once', withNode(
  draining(30_000), async (server) => {
    server.signal('SIGTERM');
    await server.endedCleanly(2_000);
  }));

test('going away: when the last session has left it is over', withNode(
  draining(30_000), async (server) => {
    const clients = await server.sessions('room', 3);
    server.signal('SIGTERM');
    await untilNotReady(server);
    for (const client of clients) client.drop();
    await server.endedCleanly(3_000);
  }));

test('going away: clients that never answer do not hold it up', withNode(
  draining(1000), async (server) => {
    const clients = await server.sessions('room', 5);
    clients[0].goDeaf();
    const slow = await server.raw();
    slow.write('GET /?roomId=');
    const begin = performance.now();
    server.signal('SIGTERM');
    await server.endedCleanly();
    const took = performance.now() - begin;
    assert.ok(took < 1000 + 1500, `over after ${took} ms`);
    for (const client of clients.slice(1)) {
      const { code, reason } = await client.untilClose();
      assert.deepEqual({ code, reason }, DRAINING);
    }
  }));

test('going away: a second SIGTERM ends it at once', withNode(draining(60_000),
  async (server) => {
    await server.sessions('room', 20);
    server.signal('SIGTERM');
    await untilNotReady(server);
    server.signal('SIGTERM');
    await server.exited(3_000);
    assert.equal(server.stderr, '');
  }));

test('going away: two signals in a storm of upgrades end it cleanly',
  async (t) => {
    for (let round = 0; round < 5; ++round) {
      await withNode({ env: { SHARDS: '4', DRAIN_TIMEOUT_MS: '10000' } },
        async (server) => {
          let answered = 0;
          let isOver = false;
          // Each lane connects as fast as it can until nobody listens.
          const lane = async (name) => {
            for (let i = 0; !isOver; ++i) {
              try {
                await server.session(`${name}-${i}`);
                answered += 1;
              } catch {
                // Refused, reset, or answered by nobody any more.
              }
            }
          };
          const lanes = Array.from({ length: 20 }, (_, i) => lane(i));
          await until(() => answered >= 100 * (round + 1), 'the storm');
          server.signal('SIGTERM');
          server.signal('SIGINT');
          const how = await server.exited();
          isOver = true;
          assert.deepEqual({ ...how, stderr: server.stderr },
            { code: 0, signal: null, stderr: '' });
          await Promise.all(lanes);
        })(t);
    }
  });

test('going away: those who stay talk on, and newcomers are sent elsewhere',
  withNode(draining(20_000), async (server) => {
    // Many, so that some pair stays open for long.
    const pairs = [];
    for (let i = 0; i < 20; ++i) {
      pairs.push(await server.sessions(`room-${i}`, 2));
    }
    server.signal('SIGTERM');
    await untilNotReady(server);
    const late = await server.session('room-0');
    assert.deepEqual(await late.close(), DRAINING);
    await late.finishClosing(1012);
    const open = pairs.filter(([a, b]) =>
      a.frames.length === 0 && b.frames.length === 0);
    assert.ok(open.length > 0);
    const talked = await Promise.all(open.map(async ([a, b]) => {
      a.sendText(offer());
      const frame = await b.frame();
      return frame.payload.toString() === offer();
    }));
    assert.ok(talked.filter(Boolean).length > 0, 'nobody could talk on');
    for (const client of pairs.flat()) client.drop();
    await server.endedCleanly(5_000);
  }));

test('going away: SHUTDOWN_CLOSE_CODE is the code of the close', withNode(
  draining(300, { SHUTDOWN_CLOSE_CODE: '1001' }), async (server) => {
    const client = await server.session('room');
    server.signal('SIGTERM');
    assert.deepEqual(await client.close(),
      { code: 1001, reason: 'Server draining' });
    await client.finishClosing(1001);
    await server.endedCleanly();
  }));

test('going away: HEALTH_PORT says not-ready too', async (t) => {
  const port = await freePort();
  await withNode(draining(20_000, { HEALTH_PORT: port }), async (server) => {
    const [a, b] = await server.sessions('room', 2);
    server.signal('SIGTERM');
    await untilNotReady(server, port);
    a.drop();
    b.drop();
    await server.endedCleanly(5_000);
  })(t);
});

test('going away: a leave during the drain is heard exactly once', withNode(
  draining(3000), async (server) => {
    const pairs = [];
    for (let i = 0; i < 30; ++i) {
      pairs.push(await server.sessions(`room-${i}`, 2));
    }
    const seen = pairs.map(([, stays]) => watchClose(stays));
    server.signal('SIGTERM');
    await untilNotReady(server);
    // Each leaves by itself, and is about to be closed by the node as well.
    for (const [leaves] of pairs) leaves.sendClose(1000);
    const leftAt = performance.now();
    await server.endedCleanly(3000 + DEADLINE_MS);
    let late = 0;
    for (const [i, [, stays]] of pairs.entries()) {
      const heard = countOf(stays, PEER_DISCONNECTED);
      assert.ok(heard <= 1, `room-${i} heard ${heard} leaves`);
      assert.deepEqual(seen[i].close, DRAINING);
      if (seen[i].at < leftAt + 300) continue;
      late += 1;
      assert.equal(heard, 1, `room-${i} heard ${heard} leaves`);
    }
    assert.ok(late >= 10, `only ${late} were closed after their peer left`);
  }));

test('going away: after kill -9 it starts again on its port', async (t) => {
  const first = await Server.start();
  const { port } = first;
  const [a, b] = await first.sessions('room', 2);
  a.sendText(offer());
  assert.equal(await b.text(), offer());
  for (let i = 0; i < 50; ++i) await first.session(`room-${i}`);
  first.signal('SIGKILL');
  const how = await first.exited();
  assert.deepEqual(how, { code: null, signal: 'SIGKILL' });
  await a.ended();
  await withNode({ env: { PORT: String(port) } }, async (second) => {
    assert.equal(second.port, port);
    const [c, d] = await second.sessions('room', 2);
    await assertNothingBefore(c, d);
    assert.equal(await second.metric('signaling_active_connections'), 2);
  })(t);
});
