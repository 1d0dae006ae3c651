// Redis goes away, in every way it can, and comes back. On one node talk goes
// on as if nothing were; readiness and joins tell the truth; nothing old is
// flooded out afterwards.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { marker } from './support/messages.js';
import {
  DOWN_WITHIN_MS, UNAVAILABLE, UP_WITHIN_MS, assertNotReadyAtOnce,
  assertRefused, entered, gather, greet, keyOf, untilNotReady, untilReady,
  withNodes,
} from './support/nodes.js';
import { freePort } from './support/server.js';
import { SANITIZED, until } from './support/until.js';

const BREAKER = 'signaling_circuit_breaker_open';
const REDIS_UP = 'signaling_redis_up';

const PASSWORD = 'right';

/** Ends the connections of nodes, so that they have to log in again. */
const killUsers = (redis) =>
  redis.command('CLIENT', 'KILL', 'USER', 'signalbox', 'SKIPME', 'yes');

/**
 * `begin` and `end` of each outage; `end` resolves when Redis is there again.
 * `answersStill`: messages may pass while it lasts, only nothing can be kept.
 */
const OUTAGES = {
  'frozen': {
    begin: ({ redis }) => redis.freeze(),
    end: ({ redis }) => redis.thaw(),
  },
  'killed': {
    redis: { keepsData: true },
    begin: ({ redis }) => redis.kill(),
    end: ({ redis }) => redis.restart({ keepsData: true }),
  },
  'stopped, and starts empty': {
    begin: ({ redis }) => redis.stop(),
    end: ({ redis }) => redis.restart(),
  },
  'refusing connections': {
    isProxied: true,
    begin: ({ proxies }) => Promise.all(proxies.map((it) => it.refuse())),
    end: ({ proxies }) => Promise.all(proxies.map((it) => it.accept())),
  },
  'out of memory': {
    answersStill: true,
    begin: ({ redis }) => redis.config('maxmemory', 1),
    end: ({ redis }) => redis.config('maxmemory', 0),
  },
  'a read-only replica': {
    answersStill: true,
    begin: async ({ redis }) =>
      redis.command('REPLICAOF', '127.0.0.1', await freePort()),
    end: ({ redis }) => redis.command('REPLICAOF', 'NO', 'ONE'),
  },
  'of another password': {
    redis: { options: {
      user: `signalbox on >${PASSWORD} ~* &* +@all`,
    } },
    credentials: `signalbox:${PASSWORD}@`,
    begin: async ({ redis }) => {
      await redis.command('ACL', 'SETUSER', 'signalbox', 'resetpass', '>wrong');
      await killUsers(redis);
    },
    end: ({ redis }) => redis.command('ACL', 'SETUSER', 'signalbox',
      'resetpass', `>${PASSWORD}`),
  },
};

/** Talk on one node: `sender` speaks a hundred times a second until told. */
function startTalk(sender, receiver) {
  const sent = [];
  const heard = [];
  const timer = setInterval(() => {
    sender.sendText(marker(`local-${sent.length}`));
    sent.push(performance.now());
  }, 10);
  receiver.socket.on('data', () => {
    for (const frame of receiver.frames.splice(0)) {
      heard.push({ text: frame.payload.toString(), at: performance.now() });
    }
  });
  return {
    stop: () => clearInterval(timer),
    /** Fails unless all came, in order, soon. */
    async finish(t) {
      clearInterval(timer);
      await until(() => heard.length >= sent.length, 'all that was said');
      assert.deepEqual(heard.map(({ text }) => text),
        sent.map((_, i) => marker(`local-${i}`)));
      const took = heard.map(({ at }, i) => at - sent[i]).sort((x, y) => x - y);
      t.diagnostic(`local: ${sent.length} said and heard, median `
        + `${took[took.length >> 1].toFixed(1)} ms, at most `
        + `${took.at(-1).toFixed(0)} ms`);
      assert.ok(took.at(-1) < (SANITIZED ? 2_000 : 500),
        `${took.at(-1)} ms on one node`);
    },
  };
}

/** What everybody may rely on while Redis is away. */
async function assertDown(nodes) {
  const begin = performance.now();
  await Promise.all(nodes.map((node) => untilNotReady(node, DOWN_WITHIN_MS)));
  const took = performance.now() - begin;
  for (const node of nodes) {
    await assertNotReadyAtOnce(node);
    const health = await node.http('/healthz');
    assert.deepEqual([health.status, health.body], [200, 'ok']);
    await node.untilMetric(BREAKER, 1);
    assert.equal(await node.metric(REDIS_UP), 0);
    await assertRefused(node, 'local', UNAVAILABLE);
    await assertRefused(node, 'new', UNAVAILABLE);
  }
  return took;
}

async function assertUp(nodes, begin) {
  await Promise.all(nodes.map((node) => untilReady(node, UP_WITHIN_MS)));
  const took = performance.now() - begin;
  assert.ok(took <= UP_WITHIN_MS + 100, `ready after ${took} ms`);
  for (const node of nodes) {
    assert.equal(await node.metric(BREAKER), 0);
    assert.equal(await node.metric(REDIS_UP), 1);
  }
  return took;
}

async function surviveOutage(outage, world, t) {
  const { redis, nodes: [one, two] } = world;
  const { nodes } = world;
  const [a, b] = await gather('local', one, one);
  const [c, d] = await gather('far', one, two);
  await greet(c, [d]);
  const talk = startTalk(a, b);
  try {
    const begin = performance.now();
    await outage.begin(world);
    const downAfter = await assertDown(nodes);
    for (let i = 0; i < 30; ++i) {
      // Longer than any deadline: whoever only holds it back is seen later.
      await until(() => performance.now() > begin + 2_000 + i * 100,
        'the next');
      if (!outage.answersStill) c.sendText(marker(`stale-${i}`));
    }
    await Promise.all(nodes.map((node) => untilNotReady(node, 100)));
    await outage.end(world);
    const upAfter = await assertUp(nodes, performance.now());
    t.diagnostic(`not ready after ${downAfter.toFixed(0)} ms, ready `
      + `${upAfter.toFixed(0)} ms after its return`);
    // The first thing that crosses is new.
    await greet(c, [d]);
    await greet(d, [c]);
    await redis.untilMembers(keyOf('far'), 2);
    await redis.untilMembers(keyOf('local'), 2);
    const [e, f] = [await entered(await two.session('far')),
      await entered(await one.session('new'))];
    await greet(e, [c, d]);
    await greet(await entered(await two.session('new')), [f]);
    for (const client of [a, c, d]) {
      assert.deepEqual(client.frames, []);
    }
    await talk.finish(t);
  } finally {
    talk.stop();
  }
}

describe('redis outage', { concurrency: 3 }, () => {
  for (const [what, outage] of Object.entries(OUTAGES)) {
    test(`a node outlives a Redis that is ${what}`, withNodes(
      outage, (world, t) => surviveOutage(outage, world, t)));
  }
});
