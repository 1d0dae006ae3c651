// What crosses Redis, and what does not: a node hears the rooms it hosts, and a
// room whose members all sit on one node costs Redis nothing.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  PEER_DISCONNECTED, marker, messageOfSize,
} from './support/messages.js';
import {
  entered, gather, greet, keyOf, withNodes,
} from './support/nodes.js';
import { until } from './support/until.js';

const ONE_SHARD = { SHARDS: '1' };

/**
 * What of `heard` was published in `room` by messages up to now. A shard's
 * commands go out in order, so a join there shows that nothing is under way;
 * and what is heard comes in order too.
 */
async function publishedIn(room, { redis, node, heard }) {
  const flush = await entered(await node.session('flush'));
  flush.drop();
  await redis.command('PUBLISH', keyOf('flushed'), 'end');
  await until(() => heard.some(({ channel }) => channel === keyOf('flushed')),
    'the end');
  const texts = heard.filter(({ channel }) => channel === keyOf(room))
    .map(({ message }) => JSON.stringify(JSON.parse(message).data))
    .filter((text) => text !== PEER_DISCONNECTED);
  heard.length = 0;
  return texts;
}

/** `count` messages from `sender`, heard by `receiver` on the same node. */
async function talk(sender, receiver, count, name) {
  const texts = Array.from({ length: count }, (_, i) => marker(`${name}-${i}`));
  sender.sendText(...texts);
  assert.deepEqual(await receiver.texts(count), texts);
  return texts;
}

/** Waits until what is said in the room is not published (any more). */
function untilSilent(room, sender, receiver, from) {
  return until(async () => {
    await talk(sender, receiver, 1, 'is anybody there');
    return (await publishedIn(room, from)).length === 0;
  }, `${room} not to be published`);
}

describe('redis subscriptions', { concurrency: 4 }, () => {
  test('a room on one node alone is not published, and from the first other'
    + ' member on it is', withNodes({ env: ONE_SHARD },
    async ({ redis, nodes: [one, two] }) => {
      const heard = await redis.overhear('room:*');
      const from = { redis, node: one, heard };
      const [a, b] = await gather('room', one, one);
      await untilSilent('room', a, b, from);
      await talk(a, b, 200, 'alone');
      assert.deepEqual(await publishedIn('room', from), []);
      const c = await entered(await two.session('room'));
      await greet(c, [a, b]);
      const texts = await talk(a, b, 20, 'together');
      assert.deepEqual(await c.texts(20), texts);
      assert.deepEqual(await publishedIn('room', from),
        [marker('hello'), ...texts]);
      c.sendClose(1000);
      assert.equal(await a.text(), PEER_DISCONNECTED);
      assert.equal(await b.text(), PEER_DISCONNECTED);
      await untilSilent('room', a, b, from);
      await talk(a, b, 50, 'alone again');
      assert.deepEqual(await publishedIn('room', from), []);
    }));

  test('those on the other node miss nothing, however often the room grows and'
    + ' shrinks', withNodes({},
    async ({ nodes: [one, two] }) => {
      const [a, b] = await gather('room', one, one);
      for (let round = 0; round < 20; ++round) {
        const c = await entered(await two.session('room'));
        await greet(c, [a, b]);
        const texts = await talk(a, b, 5, `round-${round}`);
        assert.deepEqual(await c.texts(5), texts);
        c.sendClose(1000);
        assert.equal(await a.text(), PEER_DISCONNECTED);
        assert.equal(await b.text(), PEER_DISCONNECTED);
      }
    }));

  test('a node subscribes to the rooms it hosts, and to no pattern',
    withNodes({}, async ({ redis, nodes: [one, two] }) => {
    const subscribers = async (room) => {
      const [, count] = await redis.command('PUBSUB', 'NUMSUB', keyOf(room));
      return count;
    };
    const [a] = await gather('room', one);
    assert.equal(await subscribers('room'), 1);
    const [b] = await gather('other', one);
    const c = await entered(await two.session('room'));
    assert.equal(await subscribers('room'), 2);
    assert.equal(await subscribers('other'), 1);
    assert.equal(await redis.command('PUBSUB', 'NUMPAT'), 0);
    c.sendClose(1000);
    assert.equal(await a.text(), PEER_DISCONNECTED);
    await until(async () => await subscribers('room') === 1,
      'the second node to unsubscribe');
    a.sendClose(1000);
    b.drop();
    await until(async () =>
      (await redis.command('PUBSUB', 'CHANNELS', 'room:*')).length === 0,
    'all room channels to go');
  }));

  test('who comes back right after the last one left hears all',
    withNodes({}, async ({ nodes: [one, two] }) => {
    const [a] = await gather('room', one);
    for (let round = 0; round < 10; ++round) {
      const b = await entered(await two.session('room'));
      await greet(b, [a]);
      await greet(a, [b]);
      b.drop();
      assert.equal(await a.text(), PEER_DISCONNECTED);
    }
  }));

  test('a seat is taken only when the subscription is confirmed, so that'
    + ' nothing said from then on is missed', withNodes({ isProxied: true },
    async ({ redis, nodes: [one, two], proxies: [, slow] }) => {
      for (let round = 0; round < 3; ++round) {
        const room = `room-${round}`;
        const [a, b] = await gather(room, one, one);
        slow.subscriberDelayMs = 200;
        const c = await two.session(room);
        await redis.untilMembers(keyOf(room), 3);
        const [, hosts] = await redis.command('PUBSUB', 'NUMSUB', keyOf(room));
        assert.equal(hosts, 2);
        // The first node learns of the third member a moment after Redis.
        const texts = [];
        await until(() => {
          texts.push(marker(`word-${texts.length}`));
          a.sendText(texts.at(-1));
          return c.frames.length > 0;
        }, 'the first word');
        assert.deepEqual(await b.texts(texts.length), texts);
        a.sendText(marker('end'));
        const heard = [];
        while (heard.at(-1) !== marker('end')) heard.push(await c.text());
        assert.deepEqual(heard,
          [...texts, marker('end')].slice(-heard.length));
        slow.subscriberDelayMs = 0;
      }
    }));

  test('messages of rooms that a node does not host are not sent to it',
    withNodes({ count: 3, isProxied: true },
    async ({ nodes: [one, two, three], proxies }, t) => {
      const [a, b] = await gather('room', one, two);
      await gather('other', three, two);
      const before = proxies.map((proxy) => proxy.bytesFromRedis);
      const begin = performance.now();
      const text = messageOfSize(4_096);
      for (let i = 0; i < 500; ++i) a.sendText(text);
      for (let i = 0; i < 500; ++i) assert.equal(await b.text(), text);
      const grown = proxies.map((proxy, i) => proxy.bytesFromRedis - before[i]);
      const seconds = (performance.now() - begin) / 1000;
      t.diagnostic(`in ${seconds.toFixed(1)} s from Redis: ${grown} bytes`);
      assert.ok(grown[1] > 500 * 4_096, `${grown[1]} bytes to its host`);
      // Probes, leases, and the like: no message of 4 KiB is among it.
      assert.ok(grown[2] < 4_096 * (1 + seconds),
        `${grown[2]} bytes to another`);
    }));

  test('a message costs as many commands as it has to',
    withNodes({ env: ONE_SHARD }, async ({ redis, nodes: [one, two] }) => {
      const [a, b] = await gather('room', one, two);
      const publishes = async () => {
        const info = await redis.command('INFO', 'commandstats');
        const read = /cmdstat_publish:calls=(\d+)/.exec(info);
        return Number(read?.[1] ?? 0);
      };
      const before = await publishes();
      const begin = performance.now();
      await talk(a, b, 1_000, 'm');
      const seconds = (performance.now() - begin) / 1000;
      const calls = await publishes() - before;
      // One each, and the nodes' probes.
      assert.ok(calls >= 1_000 && calls <= 1_000 + 50 * (1 + seconds),
        `${calls} PUBLISH for 1000 messages`);
    }));
});
