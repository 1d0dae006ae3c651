// What one node of a cluster tells about the others, and about what comes from
// them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { marker } from './support/messages.js';
import {
  DEAD_WITHIN_MS, gather, greet, idOf, withNodes,
} from './support/nodes.js';
import { until } from './support/until.js';

const API = '/admin/api/v1';

const ask = async (node, path) =>
  JSON.parse((await node.http(`${API}/${path}`)).body);

const cluster = async (node) => (await ask(node, 'overview')).cluster;

/** Who is there, as `node` sees it: ids and whether they live, in its order. */
const seenBy = async (node) =>
  (await cluster(node)).map((x) => [x.node, x.isSelf, x.isAlive, x.shards]);

const untilSeen = (node, expected) => until(async () => {
  const seen = await seenBy(node);
  return JSON.stringify(seen) === JSON.stringify(expected);
}, 'the cluster to look so', DEAD_WITHIN_MS);

const SHARDS = 2;

describe('redis admin', { concurrency: 3 }, () => {
  test('a node shows the others, itself first, and who has died',
    withNodes({ env: { SHARDS: String(SHARDS) } }, async ({ nodes }) => {
      const [one, two] = nodes;
      await untilSeen(one, [
        [idOf(one), true, true, SHARDS], [idOf(two), false, true, SHARDS],
      ]);
      const [own] = await cluster(one);
      assert.ok(own.leaseSeconds > 0 && own.leaseSeconds <= 5);
      assert.deepEqual((await ask(one, 'overview')).backplane,
        { kind: 'redis', state: 'up', breaker: 'closed' });
      await two.kill();
      await untilSeen(one, [
        [idOf(one), true, true, SHARDS], [idOf(two), false, false, 0],
      ]);
    }));

  test('without Redis a node knows of itself alone',
    withNodes({ count: 2 }, async ({ nodes, redis }) => {
      await redis.kill();
      await until(async () => (await cluster(nodes[0])).length === 1,
        'the others to be unknown');
      const [own] = await cluster(nodes[0]);
      assert.equal(own.node, idOf(nodes[0]));
      assert.equal(own.isSelf, true);
    }));

  test('messages of other nodes are shown as remote',
    withNodes({}, async ({ nodes }) => {
      const [one] = nodes;
      const [a, b] = await gather('room', ...nodes);
      await greet(b, [a]);
      const { items: [session] } = await ask(one, 'sessions?filter=room');
      assert.equal(session.messagesOut, 3);
      const { events } = await ask(one, `sessions/${session.id}`);
      const { event, detail, bytes } = events.at(-1);
      assert.deepEqual({ event, detail, bytes },
        { event: 'out', detail: 'remote', bytes: marker('hello').length });
      const { items: [room] } = await ask(one, 'rooms');
      assert.equal(room.hasRemote, true);
      assert.equal(room.members, 1);
    }));
});
