// A node of the reference server on the same Redis (support/reference_node.js
// plays it): its clients and ours are one room, and it never sees more than it
// understands.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  PEER_DISCONNECTED, assertNothingBefore, candidate, countOf, marker, offer,
} from './support/messages.js';
import {
  DEAD_WITHIN_MS, ROOM_FULL, assertRefused, entered, gather, greet, idOf,
  keyOf, untilReady, withNodes,
} from './support/nodes.js';
import { ReferenceNode } from './support/reference_node.js';
import { throughout, until } from './support/until.js';

const NEGOTIATION = [
  offer(),
  JSON.stringify({ type: 'answer', sdp: 'v=0\r\n' }),
  ...Array.from({ length: 30 }, (_, i) => candidate(i)),
  '{"type":"candidate","candidate":null}',
  '{"description":{"type":"pranswer","sdp":"é"}}',
  '{"type":"control","action":"mute","payload":{"on":true}}',
];

/** A test body with nodes of ours and one of the reference. */
function withReference(options, body) {
  return withNodes(options, async (world, t) => {
    const reference = await ReferenceNode.start(world.redis);
    await body({ ...world, reference }, t);
    assert.deepEqual(reference.odd, [], 'all that it heard is of its kind');
  });
}

/** A reference member and ours, on `nodes`, that have heard of each other. */
async function meet(reference, room, ...nodes) {
  const members = await gather(room, ...nodes);
  const theirs = await reference.join(room);
  theirs.sendText(marker('hello'));
  for (const member of members) {
    assert.equal(await member.text(), marker('hello'));
  }
  return [theirs, ...members];
}

describe('redis reference', { concurrency: 4 }, () => {
  test('offer, answer, candidates and leave go to it and come from it',
    withReference({ count: 1 },
    async ({ redis, nodes: [node], reference }) => {
      const [theirs, ours] = await meet(reference, 'room', node);
      for (const text of NEGOTIATION) {
        await theirs.sendText(text);
        assert.equal(await ours.text(), text);
        ours.sendText(text);
        assert.equal(await theirs.text(), text);
      }
      const [sender] = new Set(theirs.senders);
      assert.ok((await redis.members(keyOf('room'))).includes(sender),
        `${sender} is the id of a member`);
      const second = await entered(await node.session('room'));
      await greet(second, [ours, theirs]);
      second.sendClose(1000);
      assert.equal(await theirs.text(), PEER_DISCONNECTED);
      assert.equal(await ours.text(), PEER_DISCONNECTED);
      await theirs.leave();
      assert.equal(await ours.text(), PEER_DISCONNECTED);
      assert.equal(countOf(ours, PEER_DISCONNECTED), 0);
      assert.deepEqual(theirs.messages, []);
    }));

  test('order is kept both ways, with our nodes between',
    withReference({}, async ({ nodes: [one, two], reference }) => {
      const [theirs, a, b] = await meet(reference, 'room', one, two);
      const texts = Array.from({ length: 300 }, (_, i) => marker(`m-${i}`));
      a.sendText(...texts);
      assert.deepEqual(await b.texts(300), texts);
      await until(() => theirs.messages.length >= 300, 'all of them');
      assert.deepEqual(theirs.messages, texts);
      await Promise.all(texts.map((text) => theirs.sendText(text)));
      assert.deepEqual(await a.texts(300), texts);
      assert.deepEqual(await b.texts(300), texts);
    }));

  test('one who joins a room of ours, and only listens, hears what is said',
    withReference({ count: 1 },
    async ({ nodes: [node], reference }) => {
      const [a, b] = await gather('room', node, node);
      a.sendText(...Array.from({ length: 50 }, (_, i) => marker(`alone-${i}`)));
      await b.texts(50);
      const theirs = await reference.join('room');
      await until(() => {
        a.sendText(marker('is anybody there'));
        return theirs.messages.length > 0;
      }, 'it to hear', 2_000);
      a.sendText(marker('now'));
      await until(() => theirs.messages.at(-1) === marker('now'), 'the last');
    }));

  test('the capacity holds with its members and ours',
    withReference({ env: { ROOM_CAPACITY: '3' } },
      async ({ nodes: [one, two], reference }) => {
        const [theirs, a, b] = await meet(reference, 'room', one, two);
        await assertRefused(one, 'room', ROOM_FULL);
        assert.equal(await reference.join('room', { capacity: 3 }), undefined);
        await theirs.leave();
        assert.equal(await a.text(), PEER_DISCONNECTED);
        assert.equal(await b.text(), PEER_DISCONNECTED);
        await greet(await entered(await one.session('room')), [a, b]);
        assert.equal(await reference.join('room', { capacity: 3 }), undefined);
      }));

  test('its clients hear of a dead node of ours, and nothing of what our nodes'
    + ' tell each other', withReference({},
    async ({ redis, nodes: [dead, two], reference }) => {
      const heard = await redis.overhear('room:*');
      const [theirs, , , c] = await meet(reference, 'room', dead, dead, two);
      await dead.kill();
      for (const member of [c, theirs]) {
        for (let i = 0; i < 2; ++i) {
          assert.equal(await member.text('the leaves', DEAD_WITHIN_MS),
            PEER_DISCONNECTED);
        }
      }
      await redis.untilMembers(keyOf('room'), 2);
      await greet(c, [theirs]);
      assert.deepEqual(theirs.messages, []);
      for (const { channel, message } of heard) {
        const { senderId, data, originServerId } = JSON.parse(message);
        assert.equal(channel, keyOf('room'));
        assert.equal(typeof senderId, 'string');
        assert.ok([reference.id, idOf(dead), idOf(two)]
          .includes(originServerId), `origin ${originServerId}`);
        assert.ok([marker('hello'), PEER_DISCONNECTED]
          .includes(JSON.stringify(data)), message);
      }
    }));

  test('its clients hear one leave of a member whose node was frozen and found'
    + ' the seat taken', withReference({ env: { ROOM_CAPACITY: '3' } },
    async ({ redis, nodes: [frozen, two], reference }) => {
      const [theirs, a, b] = await meet(reference, 'room', frozen, two);
      frozen.signal('SIGSTOP');
      for (const member of [b, theirs]) {
        assert.equal(await member.text('the leave', DEAD_WITHIN_MS),
          PEER_DISCONNECTED);
      }
      await redis.untilMembers(keyOf('room'), 2);
      const newcomer = await entered(await two.session('room'));
      frozen.signal('SIGCONT');
      assert.deepEqual(await a.close('the loss of the seat'), ROOM_FULL);
      await a.finishClosing(1000);
      await untilReady(frozen);
      await greet(newcomer, [b, theirs]);
      assert.deepEqual([theirs.messages, b.frames, newcomer.frames],
        [[], [], []]);
    }));

  test('its members are left alone, by sweeps, leaves and ROOM_TTL_SECONDS',
    withReference({ env: { ROOM_TTL_SECONDS: '1' } },
    async ({ redis, nodes: [one, two], reference }) => {
      const theirs = await reference.join('room', { ttlSeconds: 0 });
      const [a, b] = await gather('room', one, two);
      await one.kill();
      assert.equal(await b.text('the leave', DEAD_WITHIN_MS),
        PEER_DISCONNECTED);
      b.sendClose(1000);
      await redis.untilMembers(keyOf('room'), 1);
      await throughout(4_000, async () => {
        assert.deepEqual(await redis.members(keyOf('room')), [theirs.id]);
      });
      assert.ok(a.end !== undefined);
    }));

  test('with a member of ours, its EXPIRE does not end the room',
    withReference({
      count: 1, env: { ROOM_TTL_SECONDS: '3' },
    }, async ({ redis, nodes: [node], reference }) => {
      const [ours] = await gather('room', node);
      const theirs = await reference.join('room', { ttlSeconds: 3 });
      await throughout(5_000, async () => {
        const members = await redis.members(keyOf('room'));
        assert.ok(members.length === 2 && members.includes(theirs.id),
          `members: ${members}`);
      });
      await theirs.sendText(offer());
      assert.equal(await ours.text(), offer());
    }));

  test('where ours is longer, its EXPIRE does not end the room either',
    withReference({ count: 1 }, async ({ redis, nodes: [node], reference }) => {
      const [ours] = await gather('room', node);
      for (let i = 0; i < 2; ++i) {
        const theirs = await reference.join('room', { ttlSeconds: 3 });
        await until(async () =>
          await redis.command('TTL', keyOf('room')) === -1,
        'the set to be kept', 2_000);
        await theirs.sendText(offer());
        assert.equal(await ours.text(), offer());
      }
      assert.equal((await redis.members(keyOf('room'))).length, 3);
    }));

  test('what is no envelope is ignored, and the rest goes on',
    withNodes({}, async ({ redis, nodes }) => {
      const [a, b] = await gather('room', ...nodes);
      const envelope = (data) =>
        `{"senderId":"x","data":${data},"originServerId":"y"}`;
      for (const text of [
        '', 'x', 'null', '[]', '{}', '{"senderId":"x"}', '[[[[[[[[',
        '{"senderId":"x","originServerId":"y"}',
        `${envelope('{"type":"offer","sdp":"x"}')}}`,
        envelope('{"type":"offer"'), envelope(''), '\u0000\u0001',
        '['.repeat(100_000), envelope('['.repeat(100_000)),
        Buffer.from([0xff, 0xfe, 0x22]).toString('latin1'),
      ]) {
        await redis.command('PUBLISH', keyOf('room'), text);
      }
      // Members may come in any order, and may be written in any way.
      await redis.command('PUBLISH', keyOf('room'),
        ' { "originServerId" : "y" , "data" : {"type":"offer","sdp":"\\u0041"},'
        + ' "sender\\u0049d":"x" } ');
      for (const client of [a, b]) {
        assert.equal(JSON.parse(await client.text()).sdp, 'A');
      }
      await assertNothingBefore(a, b);
      await assertNothingBefore(b, a);
      await Promise.all(nodes.map((node) => untilReady(node)));
    }));
});
