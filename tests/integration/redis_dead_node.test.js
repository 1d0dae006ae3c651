// Nodes that die, freeze, or lose what Redis knew of them: seats are freed,
// taken again, and never given twice.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  PEER_DISCONNECTED, assertNothingBefore, countOf, offer,
} from './support/messages.js';
import {
  DEAD_WITHIN_MS, ROOM_FULL, assertRefused, entered, gather, greet, idOf, keyOf,
  startNode, untilAdmitted, untilReady, withNodes,
} from './support/nodes.js';
import { DEADLINE_MS, until } from './support/until.js';

const hasSeatOf = (members, node) =>
  members.some((member) => member.includes(idOf(node)));

/** Waits until the node has no seat in `room`. */
function untilFree(redis, node, room) {
  return until(async () =>
    !hasSeatOf(await redis.members(keyOf(room)), node),
  'its seats to be free', DEAD_WITHIN_MS);
}

describe('redis dead node', { concurrency: 4 }, () => {
  test('the seats of a killed node are free within 10 s, and each peer is told'
    + ' exactly once', withNodes({
    count: 3, env: { ROOM_CAPACITY: '5' },
  }, async ({ redis, nodes: [dead, two, three] }, t) => {
    const [, b, c, , e] = await gather('room', dead, two, three, dead, three);
    await assertRefused(two, 'room', ROOM_FULL);
    await dead.kill();
    const begin = performance.now();
    await untilFree(redis, dead, 'room');
    t.diagnostic(`free after ${(performance.now() - begin).toFixed(0)} ms`);
    for (const peer of [b, c, e]) {
      assert.deepEqual(await peer.texts(2),
        [PEER_DISCONNECTED, PEER_DISCONNECTED]);
    }
    // Both that are left sweep: the second one's turn is over by then.
    const swept = performance.now();
    await until(() => performance.now() > swept + 3_000, 'another sweep');
    for (const peer of [b, c, e]) {
      assert.equal(countOf(peer, PEER_DISCONNECTED), 0);
    }
    const [f, g] = [await entered(await two.session('room')),
      await entered(await three.session('room'))];
    await greet(f, [b, c, e, g]);
    await assertRefused(three, 'room', ROOM_FULL);
  }));

  test('a join finds the seat of a killed node free, though nobody else sits in'
    + ' the room', withNodes({
    env: { ROOM_CAPACITY: '1' },
  }, async ({ nodes: [dead, two] }) => {
    await gather('room', dead);
    await assertRefused(two, 'room', ROOM_FULL);
    await dead.kill();
    const late = await untilAdmitted(two, 'room', DEAD_WITHIN_MS);
    await assertRefused(two, 'room', ROOM_FULL);
    assert.equal(late.frames.length, 0);
  }));

  test('a node killed in the middle of everything starts again without a'
    + ' clean-up', withNodes({ env: { ROOM_CAPACITY: '6' } },
    async ({ redis, nodes: [dead, two] }) => {
      const rooms = ['room-0', 'room-1', 'room-2', 'room-3'];
      const stay = [];
      for (const room of rooms) {
        const [, b] = await gather(room, dead, two);
        stay.push(b);
      }
      // Joins, leaves and messages are under way when it dies.
      let isOver = false;
      const storm = rooms.map(async (room) => {
        while (!isOver) {
          try {
            const client = await dead.session(room);
            client.sendText(offer());
            client.drop();
          } catch {
            return;
          }
        }
      });
      await until(() => stay.every((client) => client.frames.length > 20),
        'the storm');
      await dead.kill();
      isOver = true;
      await Promise.all(storm);
      const again = await startNode(redis.url,
        { ROOM_CAPACITY: '6', PORT: String(dead.port) });
      try {
        await untilReady(again);
        assert.notEqual(idOf(again), idOf(dead));
        for (const room of rooms) {
          await untilAdmitted(again, room, DEAD_WITHIN_MS);
        }
        for (const room of rooms) {
          await untilFree(redis, dead, room);
          await redis.untilMembers(keyOf(room), 2);
        }
        await again.stop();
      } finally {
        await again.kill();
      }
    }));

  test('a node that was frozen takes its seats again where they are free, and'
    + ' closes those that are not', withNodes({
    env: { ROOM_CAPACITY: '2' },
  }, async ({ redis, nodes: [frozen, two] }) => {
    const [a, b] = await gather('taken', frozen, two);
    const [c, d] = await gather('free', frozen, two);
    frozen.signal('SIGSTOP');
    for (const peer of [b, d]) {
      assert.equal(await peer.text('the leave', DEAD_WITHIN_MS),
        PEER_DISCONNECTED);
    }
    const newcomer = await untilAdmitted(two, 'taken', DEAD_WITHIN_MS);
    frozen.signal('SIGCONT');
    assert.deepEqual(await a.close('the loss of the seat'), ROOM_FULL);
    await a.finishClosing(1000);
    await redis.untilMembers(keyOf('free'), 2);
    assert.ok(hasSeatOf(await redis.members(keyOf('free')), frozen));
    assert.ok(!hasSeatOf(await redis.members(keyOf('taken')), frozen));
    await untilReady(frozen);
    d.sendText(offer());
    assert.equal(await c.text(), offer());
    await assertNothingBefore(b, newcomer);
    await assertRefused(frozen, 'taken', ROOM_FULL);
    await assertRefused(two, 'free', ROOM_FULL);
  }));

  test('after FLUSHALL all seats come back and the capacity holds',
    withNodes({ env: { ROOM_CAPACITY: '3' } },
    async ({ redis, nodes: [one, two] }) => {
      const [a, b, c] = await gather('room', one, one, two);
      const before = await redis.members(keyOf('room'));
      await redis.command('FLUSHALL');
      await until(async () => {
        const members = await redis.members(keyOf('room'));
        return members.join() === before.join();
      }, 'the seats to come back');
      await assertRefused(one, 'room', ROOM_FULL);
      await assertRefused(two, 'room', ROOM_FULL);
      for (const [sender, others] of [[a, [b, c]], [c, [a, b]]]) {
        await greet(sender, others);
      }
      c.sendClose(1000);
      assert.equal(await a.text(), PEER_DISCONNECTED);
      await greet(await entered(await two.session('room')), [a]);
    }));

  test('a join right after FLUSHALL takes nobody for dead whose lease is yet to'
    + ' come back', withNodes({
    env: { ROOM_CAPACITY: '2', SHARDS: '1' },
  }, async ({ redis, nodes: [one, two] }) => {
    // Until then neither judges anybody.
    const start = performance.now();
    await until(() => performance.now() > start + 6_500, 'the right to judge');
    const members = [...await gather('at-one', one, one),
      ...await gather('at-two', two, two)];
    const rooms = [['at-one', two], ['at-two', one]];
    const seats = () => Promise.all(rooms.map(([room]) =>
      redis.members(keyOf(room))));
    const before = await seats();
    await redis.command('FLUSHALL');
    // One of them joins while the lease of its own node is still gone.
    await Promise.all(rooms.map(async ([room, node]) => {
      await redis.untilMembers(keyOf(room), 2);
      await assertRefused(node, room, ROOM_FULL);
    }));
    assert.deepEqual(await seats(), before);
    const [a, b, c, d] = members;
    for (const [x, y] of [[a, b], [b, a], [c, d], [d, c]]) await greet(x, [y]);
  }));

  test('those that no longer fit after FLUSHALL are closed, and their peers are'
    + ' told', withNodes({ env: { ROOM_CAPACITY: '3' } },
    async ({ redis, nodes: [one, two] }) => {
      const members = await gather('room', one, one, two);
      const strangers = ['f0f1a2c4-0000-4000-8000-000000000001',
        'f0f1a2c4-0000-4000-8000-000000000002'];
      const flush = await redis.client();
      await flush.multi().flushAll().sAdd(keyOf('room'), strangers).exec();
      const isClosed = (client) =>
        client.frames.some((frame) => frame.opcode === 8);
      await until(() => members.filter(isClosed).length === 2,
        'two to be closed', DEADLINE_MS);
      const stays = members.find((client) => !isClosed(client));
      for (const client of members.filter(isClosed)) {
        const { code, reason } = await client.untilClose();
        assert.deepEqual({ code, reason }, ROOM_FULL);
        await client.finishClosing(1000);
      }
      assert.deepEqual(await stays.texts(2),
        [PEER_DISCONNECTED, PEER_DISCONNECTED]);
      const seated = await redis.untilMembers(keyOf('room'), 3);
      assert.ok(strangers.every((id) => seated.includes(id)));
      await assertRefused(one, 'room', ROOM_FULL);
      assert.deepEqual(stays.frames, []);
    }));

  test('when all nodes are dead the room goes by its TTL',
    withNodes({ env: { ROOM_TTL_SECONDS: '2' } },
      async ({ redis, nodes: [one, two] }) => {
        await gather('room', one, two);
        await one.kill();
        await two.kill();
        await until(async () =>
          await redis.command('EXISTS', keyOf('room')) === 0,
        'the room to go', 2 * DEAD_WITHIN_MS);
        await until(async () =>
          await redis.command('DBSIZE') === 0
          || (await redis.command('KEYS', '*')).join() === 'signalbox:nodes',
        'what belongs to it to go', 2 * DEAD_WITHIN_MS);
      }));
});
