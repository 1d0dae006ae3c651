// REDIS_URL names a Redis Cluster: rooms lie with all masters, messages travel
// by sharded pub/sub, and a slot may move.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { PEER_DISCONNECTED, marker } from './support/messages.js';
import {
  ROOM_FULL, assertRefused, entered, gather, greet, keyOf, untilAdmitted,
  untilReady, withNodes,
} from './support/nodes.js';
import { withCluster } from './support/redis_cluster.js';
import { SANITIZED, throughout, until } from './support/until.js';

const LEAVE_WITHIN_MS = SANITIZED ? 4_000 : 1_000;

const withNodesOf = (cluster, body) =>
  withNodes({ redis: cluster, env: { ROOM_CAPACITY: '3' } }, body);

/** Talks each way until both hear, and forgets what came on the way. */
async function untilConnected(a, b) {
  for (const [sender, receiver] of [[a, b], [b, a]]) {
    await until(async () => {
      sender.sendText(marker('again'));
      return receiver.frames.length > 0;
    }, 'words to cross', 20_000);
    const end = marker('connected');
    sender.sendText(end);
    await until(async () => await receiver.text() === end, 'the last word');
  }
}

describe('redis cluster', { concurrency: 3 }, () => {
  test('rooms with every master are rooms like others',
    withCluster({}, (cluster, t) => withNodesOf(cluster,
      async ({ nodes: [one, two] }) => {
        for (const master of cluster.masters) {
          for (const room of await cluster.roomsAt(master, 2)) {
            const [a, b, c] = await gather(room, one, two, two);
            await assertRefused(one, room, ROOM_FULL);
            const texts = Array.from({ length: 100 }, (_, i) => marker(`${i}`));
            a.sendText(...texts);
            assert.deepEqual(await b.texts(100), texts);
            assert.deepEqual(await c.texts(100), texts);
            b.sendClose(1000);
            assert.equal(await a.text(), PEER_DISCONNECTED);
            assert.equal(await c.text(), PEER_DISCONNECTED);
            await greet(c, [a]);
            await master.untilMembers(keyOf(room), 2);
            assert.deepEqual(
              await master.command('PUBSUB', 'SHARDNUMSUB', keyOf(room)),
              [keyOf(room), 2]);
            assert.deepEqual(
              await master.command('PUBSUB', 'NUMSUB', keyOf(room)),
              [keyOf(room), 0]);
          }
        }
      })(t)));

  test('the only member of a room speaks, and another comes',
    withCluster({}, (cluster, t) => withNodesOf(cluster,
      async ({ nodes: [one, two] }) => {
        // PUBLISH counts no subscriber on other servers here.
        for (const master of cluster.masters) {
          const [room] = await cluster.roomsAt(master, 1);
          const [a] = await gather(room, one);
          a.sendText(...Array.from({ length: 50 }, (_, i) => marker(`${i}`)));
          const b = await entered(await two.session(room));
          await greet(b, [a]);
          await greet(a, [b]);
        }
      })(t)));

  test('while a slot moves and after, the room goes on',
    withCluster({}, (cluster, t) => withNodesOf(cluster,
      async ({ nodes }) => {
        const [one, two] = nodes;
        const [from, to] = cluster.masters;
        const [moved, stays] = await cluster.roomsAt(from, 2);
        const [a, b] = await gather(moved, one, two);
        const [c, d] = await gather(stays, one, two);
        const slot = await cluster.slotOf(keyOf(moved));
        await cluster.beginMove(slot, from, to);
        const early = await entered(await one.session(moved));
        await greet(early, [a, b]);
        for (let i = 0; i < 5; ++i) {
          const client = await entered(await one.session(stays));
          await greet(client, [c, d]);
          client.sendClose(1000);
          assert.equal(await c.text(), PEER_DISCONNECTED);
          assert.equal(await d.text(), PEER_DISCONNECTED);
        }
        early.sendClose(1000);
        assert.equal(await a.text(), PEER_DISCONNECTED);
        assert.equal(await b.text(), PEER_DISCONNECTED);
        await cluster.finishMove(slot, from, to);
        await untilConnected(a, b);
        const e = await untilAdmitted(one, moved);
        await greet(e, [a, b]);
        await to.untilMembers(keyOf(moved), 3);
        await assertRefused(two, moved, ROOM_FULL);
        await greet(c, [d]);
        await greet(d, [c]);
        assert.deepEqual(c.frames, []);
        await until(async () => {
          const [, count] =
            await to.command('PUBSUB', 'SHARDNUMSUB', keyOf(moved));
          return count === 2;
        }, 'both to subscribe at its new master');
        e.sendClose(1000);
        for (const other of [a, b]) {
          assert.equal(await other.text(), PEER_DISCONNECTED);
        }
        await greet(a, [b]);
        await Promise.all(nodes.map((node) => untilReady(node)));
        await cluster.move(slot, to, from);
        await untilConnected(a, b);
        await from.untilMembers(keyOf(moved), 2);
      })(t)));

  test('a leave while a slot moves is heard at once',
    withCluster({}, (cluster, t) => withNodesOf(cluster,
      async ({ nodes: [one, two] }) => {
        const [from, to] = cluster.masters;
        const [room] = await cluster.roomsAt(from, 1);
        const [a, b, c] = await gather(room, one, two, one);
        const slot = await cluster.slotOf(keyOf(room));
        await cluster.beginMove(slot, from, to);
        const begin = performance.now();
        c.sendClose(1000);
        assert.equal(await a.text(), PEER_DISCONNECTED);
        assert.equal(await b.text(), PEER_DISCONNECTED);
        const took = performance.now() - begin;
        assert.ok(took < LEAVE_WITHIN_MS, `took ${took.toFixed(0)} ms`);
        await cluster.finishMove(slot, from, to);
        await untilConnected(a, b);
        assert.deepEqual(a.frames, []);
        assert.deepEqual(b.frames, []);
      })(t)));

  test('a master that gets its first slot is connected to once',
    withCluster({}, (cluster, t) => withNodesOf(cluster,
      async ({ nodes }) => {
        const [from] = cluster.masters;
        const [room] = await cluster.roomsAt(from, 1);
        const [a, b] = await gather(room, ...nodes);
        const slot = await cluster.slotOf(keyOf(room));
        const fourth = await cluster.addMaster();
        const connected = async () => {
          const clients = await fourth.command('CLIENT', 'LIST');
          return clients.trim().split('\n').map((line) =>
            / id=(\d+) .* name=(signalbox-\S+) /.exec(` ${line}`))
            .filter(Boolean).map(([, id, name]) => `${name} ${id}`).sort();
        };
        await cluster.beginMove(slot, from, fourth);
        for (const node of nodes) {
          const c = await untilAdmitted(node, room);
          c.sendClose(1000);
          assert.equal(await a.text(), PEER_DISCONNECTED);
          assert.equal(await b.text(), PEER_DISCONNECTED);
        }
        // Two of each node: of the shard that has the room.
        const before = await connected();
        assert.equal(before.length, 4);
        await throughout(3_000, async () => {
          for (const node of nodes) {
            assert.equal((await node.http('/readyz')).body, 'ready');
          }
        });
        assert.deepEqual(await connected(), before);
        // With one slot it is a master like the others.
        await cluster.finishMove(slot, from, fourth);
        await untilConnected(a, b);
        await fourth.untilMembers(keyOf(room), 2);
        // A shard that reads the map may take a moment to connect, no more.
        await throughout(2_000, async () => {
          for (const node of nodes) await untilReady(node, 1_000);
        });
      })(t)));

  test('a killed master is replaced by its replica',
    withCluster({ hasReplica: true }, (cluster, t) => withNodesOf(cluster,
      async ({ nodes }) => {
        const [one, two] = nodes;
        const [dies, lives] = cluster.masters;
        const [lost] = await cluster.roomsAt(dies, 1);
        const [kept] = await cluster.roomsAt(lives, 1);
        const [a, b] = await gather(lost, one, two);
        const [c, d] = await gather(kept, one, two);
        await dies.kill();
        await until(async () =>
          /role:master/.test(
            await cluster.replica.command('INFO', 'replication')),
        'the replica to take over', 20_000);
        await untilConnected(a, b);
        await untilConnected(c, d);
        await Promise.all(nodes.map((node) => untilReady(node, 20_000)));
        await cluster.replica.untilMembers(keyOf(lost), 2, 20_000);
        const e = await untilAdmitted(two, lost);
        await greet(e, [a, b]);
        await assertRefused(one, lost, ROOM_FULL);
      })(t)));
});
