// Redis in half-dead states, and what is done while it is away: slow, deaf,
// absent at the start, leaves, drains.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { textFrame } from './support/frames.js';
import { PEER_DISCONNECTED, marker } from './support/messages.js';
import {
  DOWN_WITHIN_MS, UNAVAILABLE, UP_WITHIN_MS, assertNotReadyAtOnce,
  assertRefused, entered, gather, greet, keyOf, startNode, untilNotReady,
  untilReady, withNodes,
} from './support/nodes.js';
import { Redis } from './support/redis.js';
import { Server, freePort, withNode } from './support/server.js';
import { SANITIZED, throughout, until } from './support/until.js';

/** Fails unless the node says at once that it runs. */
async function assertHealthy(node) {
  const begin = performance.now();
  assert.equal((await node.http('/healthz')).body, 'ok');
  const took = performance.now() - begin;
  assert.ok(took < (SANITIZED ? 5_000 : 1_000), `healthz took ${took} ms`);
}

describe('redis faults', { concurrency: 4 }, () => {
  test('a Redis that is 100 ms away is slow and nothing else',
    withNodes({ isProxied: true, env: { ROOM_CAPACITY: '3' } },
      async ({ nodes, proxies }) => {
        const [one, two] = nodes;
        const [a, b] = await gather('room', one, one);
        for (const proxy of proxies) proxy.delayMs = 100;
        await throughout(3_000, async () => {
          for (const node of nodes) {
            assert.equal((await node.http('/readyz')).body, 'ready');
          }
        });
        const c = await entered(await two.session('room'));
        await greet(c, [a, b]);
        await assertRefused(one, 'room',
          { code: 1000, reason: 'Room is full' });
        const texts = Array.from({ length: 300 }, (_, i) => marker(`m${i}`));
        const begin = performance.now();
        for (const text of texts) {
          a.sendText(text);
          assert.equal(await b.text(), text);
        }
        const each = (performance.now() - begin) / texts.length;
        assert.ok(each < (SANITIZED ? 50 : 20), `${each} ms each on one node`);
        assert.deepEqual(await c.texts(300), texts);
        for (const node of nodes) {
          assert.equal(await node.metric('signaling_circuit_breaker_open'), 0);
        }
        b.sendClose(1000);
        assert.equal(await c.text(), PEER_DISCONNECTED);
        assert.equal(await a.text(), PEER_DISCONNECTED);
      }));

  test('a deaf subscriber is noticed and replaced', withNodes(
    { isProxied: true }, async ({ nodes, proxies: [near] }) => {
      const [one, two] = nodes;
      const [a, b] = await gather('room', one, two);
      near.deafen();
      await untilNotReady(one, SANITIZED ? 10_000 : 3_000);
      assert.equal((await two.http('/readyz')).body, 'ready');
      await untilReady(one);
      await greet(a, [b]);
      await greet(b, [a]);
      await greet(await entered(await one.session('room')), [a, b]);
    }));

  test('while every subscriber is deaf the node is not ready',
    withNodes({ isProxied: true, count: 1 },
      async ({ nodes: [one], proxies: [near] }) => {
        const [a, b] = await gather('room', one, one);
        near.deafen({ alsoNew: true });
        await untilNotReady(one, DOWN_WITHIN_MS);
        await one.untilMetric('signaling_circuit_breaker_open', 1);
        await assertRefused(one, 'room', UNAVAILABLE);
        await greet(a, [b]);
        near.hear();
        await untilReady(one);
        await greet(await entered(await one.session('room')), [a, b]);
      }));

  test('a node that starts without Redis listens, and is ready when Redis is'
    + ' there', async (t) => {
    const port = await freePort();
    await withNode({ env: { REDIS_URL: `redis://127.0.0.1:${port}` } },
      async (node) => {
        await untilNotReady(node);
        await assertNotReadyAtOnce(node);
        assert.equal((await node.http('/healthz')).body, 'ok');
        await assertRefused(node, 'room', UNAVAILABLE);
        assert.equal(await node.metric('signaling_redis_up'), 0);
        const redis = await Redis.start({ port });
        try {
          await untilReady(node, UP_WITHIN_MS);
          const [a, b] = await gather('room', node, node);
          await greet(a, [b]);
          await redis.untilMembers(keyOf('room'), 2);
          await node.stop();
        } finally {
          await redis.destroy();
        }
      })(t);
  });

  test('a leave while Redis is down is heard once: here at once, elsewhere'
    + ' after its return', withNodes({},
    async ({ redis, nodes: [one, two] }) => {
      const [a, b, c, d] = await gather('room', one, one, two, two);
      redis.freeze();
      await Promise.all([untilNotReady(one), untilNotReady(two)]);
      b.drop();
      d.sendClose(1000);
      assert.equal(await a.text(), PEER_DISCONNECTED);
      assert.equal(await c.text(), PEER_DISCONNECTED);
      redis.thaw();
      await redis.untilMembers(keyOf('room'), 2);
      assert.equal(await a.text(), PEER_DISCONNECTED);
      assert.equal(await c.text(), PEER_DISCONNECTED);
      await Promise.all([untilReady(one), untilReady(two)]);
      await greet(a, [c]);
      await greet(c, [a]);
    }));

  test('a leave while Redis is gone, which returns empty, is heard once',
    withNodes({}, async ({ redis, nodes: [one, two] }) => {
    const [a, b, c] = await gather('room', one, one, two);
    await redis.kill();
    await Promise.all([untilNotReady(one), untilNotReady(two)]);
    b.drop();
    assert.equal(await a.text(), PEER_DISCONNECTED);
    await redis.restart();
    await redis.untilMembers(keyOf('room'), 2);
    assert.equal(await c.text('the leave'), PEER_DISCONNECTED);
    await Promise.all([untilReady(one), untilReady(two)]);
    await greet(a, [c]);
    await greet(c, [a]);
  }));

  test('joins and leaves around an outage leave no seat behind',
    withNodes({}, async ({ redis, nodes: [one, two] }) => {
      const [a, b] = await gather('room', one, two);
      for (let round = 0; round < 2; ++round) {
        // Their joins are under way when Redis freezes, and run when it thaws.
        const crowd = Array.from({ length: 30 }, (_, i) =>
          [one, two][i % 2].session('room', { then: [textFrame('not json')] }));
        redis.freeze();
        for (const client of await Promise.all(crowd)) {
          await client.frame('the seat, or the refusal');
          client.drop();
        }
        redis.thaw();
        await Promise.all([untilReady(one), untilReady(two)]);
        await redis.untilMembers(keyOf('room'), 2);
      }
      await until(async () => {
        a.sendText(marker('end'));
        return (await b.text()) === marker('end');
      }, 'the end');
    }));

  test('a crowd that joins one room as Redis freezes is no work that lasts',
    withNodes({
      count: 1, env: { SHARDS: '1', ROOM_CAPACITY: '100000' },
    }, async ({ redis, nodes: [node] }) => {
      await gather('room', node);
      redis.freeze();
      const crowd = await Promise.all(Array.from({ length: 400 }, () =>
        node.session('room')));
      await throughout(2_000, () => assertHealthy(node));
      redis.thaw();
      await throughout(2_000, () => assertHealthy(node));
      await redis.untilMembers(keyOf('room'), 1);
      for (const client of crowd) assert.deepEqual(await client.close(),
        UNAVAILABLE);
      await untilReady(node);
      for (const client of crowd) client.drop();
    }));

  test('a join that runs though nobody waits for it is taken back in silence',
    withNodes({ count: 1, isProxied: true },
      async ({ redis, nodes: [node], proxies: [proxy] }) => {
        await gather('room', node);
        const heard = await redis.overhear('room:*');
        proxy.delayMs = 700;
        const late = await node.session('room');
        await redis.untilMembers(keyOf('room'), 2);
        assert.deepEqual(await late.close(), UNAVAILABLE);
        await late.finishClosing(UNAVAILABLE.code);
        await redis.untilMembers(keyOf('room'), 1);
        assert.equal((await redis.command('KEYS', '*:left:*')).length, 1);
        proxy.delayMs = 0;
        proxy.cut();
        await untilReady(node);
        await entered(await node.session('room'));
        assert.deepEqual(heard, []);
      }));

  test('a drain ends in time though Redis is frozen', async () => {
    const redis = await Redis.start();
    const node = await startNode(redis.url, { DRAIN_TIMEOUT_MS: '1000' });
    try {
      await untilReady(node);
      const clients = await gather('room', node, node, node);
      redis.freeze();
      const begin = performance.now();
      node.signal('SIGTERM');
      for (const client of clients) {
        client.untilClose().then(({ code }) => client.sendClose(code),
          () => {});
      }
      await node.endedCleanly();
      const took = performance.now() - begin;
      assert.ok(took < 1_000 + (SANITIZED ? 5_000 : 2_000), `after ${took} ms`);
    } finally {
      await node.kill();
      await redis.destroy();
    }
  });

  test('a node that never saw Redis ends cleanly', async () => {
    const node = await Server.start({ env: {
      REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    } });
    try {
      await untilNotReady(node);
      await node.stop();
    } finally {
      await node.kill();
    }
  });
});
