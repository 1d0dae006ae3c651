// Rooms whose members sit on several nodes: one server, seen from outside.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import {
  BINARY, closeFrame, encodeFrame, textFrame,
} from './support/frames.js';
import {
  PEER_DISCONNECTED, SCHEMA_ERROR, assertNothingBefore, candidate, marker,
  messageOfSize, offer,
} from './support/messages.js';
import {
  ROOM_FULL, assertRefused, entered, gather, greet, idOf, keyOf, withNodes,
} from './support/nodes.js';
import { throughout, until } from './support/until.js';

/** Valid, and changed by whoever parses and writes them again. */
const ODD_TEXTS = [
  '  { "sdp" : "v=0\\r\\n" ,\t"type":"offer" }  ',
  '{"type":"offer","sdp":"\\u00e9\\u2028\\ud83d\\ude00\\/\\u0000"}',
  '{"type":"answer","sdp":"é\u2028😀","9":1,"1":2}',
  '{"type":"candidate","candidate":"c","sdpMLineIndex":1.0,"n":1e2}',
  '{"type":"control","action":"a","payload":{"x":0.10,"x":184467440737095516}}',
  '{"description":{"type":"offer","sdp":"x"}}',
  '{"candidate":{"candidate":"","sdpMid":null}}',
  '{"type":"control","action":"a","senderId":"x","originServerId":"y"}',
];

const LEAVES = {
  'a close frame': (client) => client.sendClose(1000),
  'a dropped connection': (client) => client.drop(),
  'a close frame, twice': (client) =>
    client.write(Buffer.concat([closeFrame(1000), closeFrame(1000)])),
};

describe('redis rooms', { concurrency: 4 }, () => {
  test('messages cross nodes both ways, byte for byte', withNodes(
    {}, async ({ nodes: [one, two] }) => {
      const [a, b, c] = await gather('room', one, two, two);
      const texts =
        [...ODD_TEXTS, offer(), candidate(1), messageOfSize(65_536)];
      for (const [sender, others] of [[a, [b, c]], [b, [a, c]]]) {
        sender.sendText(...texts);
        for (const other of others) {
          assert.deepEqual(await other.texts(texts.length), texts);
        }
      }
      a.write(encodeFrame({ opcode: BINARY, payload: Buffer.from(offer()) }));
      assert.equal(await b.text(), offer());
    }));

  test('what is not valid reaches no node', withNodes({},
    async ({ nodes: [one, two] }) => {
      const [a, b] = await gather('room', one, two);
      a.sendText('{"type":"offer"}', PEER_DISCONNECTED);
      assert.deepEqual(await a.texts(2), [SCHEMA_ERROR, SCHEMA_ERROR]);
      await assertNothingBefore(b, a);
    }));

  test('rooms on the same nodes hear nothing of each other',
    withNodes({}, async ({ nodes: [one, two] }) => {
      const [a, b] = await gather('room', one, two);
      const [c, d] = await gather('Room', one, two);
      a.sendText(offer());
      assert.equal(await b.text(), offer());
      await assertNothingBefore(d, c);
      await assertNothingBefore(c, d);
    }));

  test('the order of each of four senders is kept across nodes',
    withNodes({}, async ({ nodes: [one, two] }) => {
      const [a, b, c, d] = await gather('room', one, one, two, two);
      const count = 400;
      const senders = { a, b, c, d };
      const textsOf = (name) =>
        Array.from({ length: count }, (_, i) => marker(`${name}-${i}`));
      for (let i = 0; i < count; i += 10) {
        for (const [name, sender] of Object.entries(senders)) {
          sender.sendText(...textsOf(name).slice(i, i + 10));
        }
        await setImmediate();
      }
      for (const [name, receiver] of Object.entries(senders)) {
        const texts = await receiver.texts(count * 3);
        for (const other of Object.keys(senders)) {
          if (other === name) continue;
          assert.deepEqual(texts.filter((it) => it.includes(`"${other}-`)),
            textsOf(other));
        }
      }
    }));

  for (const [what, leave] of Object.entries(LEAVES)) {
    test(`a leave by ${what} is heard once, after the last words`,
      withNodes({}, async ({ redis, nodes: [one, two] }) => {
        const [a, b, c, leaver] = await gather('room', one, one, two, two);
        const words = Array.from({ length: 50 }, (_, i) => marker(`word-${i}`));
        leaver.sendText(...words);
        await c.text();
        leave(leaver);
        assert.deepEqual(await c.texts(50), [...words.slice(1),
          PEER_DISCONNECTED]);
        for (const other of [a, b]) {
          assert.deepEqual(await other.texts(51), [...words,
            PEER_DISCONNECTED]);
        }
        await redis.untilMembers(keyOf('room'), 3);
        await greet(a, [b, c]);
        await greet(c, [a, b]);
      }));
  }

  test('what is said in the open event crosses nodes', withNodes({},
    async ({ nodes: [one, two] }) => {
      const [a] = await gather('room', one);
      const texts = Array.from({ length: 20 }, (_, i) => candidate(i));
      await two.session('room', { then: texts.map((text) => textFrame(text)) });
      assert.deepEqual(await a.texts(20), texts);
    }));

  test('when all of a call reload, nobody hears of those before',
    withNodes({}, async ({ redis, nodes: [one, two] }) => {
      const start = performance.now();
      await until(() => performance.now() > start + 6_500,
        'nodes that judge others');
      const [a, b] = await gather('room', one, two);
      a.drop();
      assert.equal(await b.text(), PEER_DISCONNECTED);
      await redis.untilMembers(keyOf('room'), 1);
      b.drop();
      await redis.untilMembers(keyOf('room'), 0);
      const [c, d] = await gather('room', one, two);
      await greet(c, [d]);
      const begin = performance.now();
      await until(() => performance.now() > begin + 8_000,
        'whoever is missing to be missed');
      for (const client of [c, d]) assert.deepEqual(client.frames, []);
    }));

  test('who was refused, and comes again, hears of nobody who left meanwhile',
    withNodes({
      env: { ROOM_CAPACITY: '2' },
    }, async ({ redis, nodes: [one, two] }) => {
      const start = performance.now();
      await until(() => performance.now() > start + 6_500,
        'nodes that judge others');
      const [a, b] = await gather('room', two, two);
      await assertRefused(one, 'room', ROOM_FULL);
      a.drop();
      assert.equal(await b.text(), PEER_DISCONNECTED);
      await redis.untilMembers(keyOf('room'), 1);
      const c = await entered(await one.session('room'));
      await greet(c, [b]);
      const begin = performance.now();
      await until(() => performance.now() > begin + 8_000,
        'whoever is missing to be missed');
      for (const client of [b, c]) assert.deepEqual(client.frames, []);
    }));

  test('the capacity holds across nodes, and a leave makes a seat',
    withNodes({
      env: { ROOM_CAPACITY: '2' },
    }, async ({ nodes: [one, two] }) => {
      const [a, b] = await gather('room', one, two);
      for (const node of [one, two]) {
        const refused = await node.session('room',
          { then: [textFrame(offer())] });
        assert.deepEqual(await refused.close(), ROOM_FULL);
        await refused.finishClosing(1000);
      }
      await assertNothingBefore(a, b);
      await gather('another', one, two);
      b.sendClose(1000);
      assert.equal(await a.text(), PEER_DISCONNECTED);
      const again = await entered(await one.session('room'));
      await assertNothingBefore(a, again);
      await assertRefused(two, 'room', ROOM_FULL);
    }));

  test('of a hundred who race for the last seat on four nodes exactly one gets'
    + ' it', withNodes({
    count: 4, env: { ROOM_CAPACITY: '4' },
  }, async ({ redis, nodes }) => {
    const [a, b, c] = await gather('room', nodes[0], nodes[1], nodes[2]);
    const racers = await Promise.all(Array.from({ length: 100 }, (_, i) =>
      nodes[i % 4].session('room',
        { then: [textFrame(marker(`racer-${i}`))] })));
    await until(() =>
      racers.filter((racer) => racer.frames.length > 0).length === 99,
    '99 refusals');
    const winner = racers.find((racer) => racer.frames.length === 0);
    for (const racer of racers) {
      if (racer === winner) continue;
      assert.deepEqual(await racer.close(), ROOM_FULL);
      await racer.finishClosing(1000);
    }
    for (const other of [a, b, c]) {
      assert.equal(await other.text(),
        marker(`racer-${racers.indexOf(winner)}`));
    }
    await greet(winner, [a, b, c]);
    assert.equal((await redis.members(keyOf('room'))).length, 4);
  }));

  test('a room may be joined and left on all nodes at once',
    withNodes({ env: { ROOM_CAPACITY: '30' } }, async ({ redis, nodes }) => {
      const CROWD = 10;
      const CROWDS = 10;
      const [a, b] = await gather('room', ...nodes);
      const join = () => Promise.all(Array.from({ length: CROWD }, (_, i) =>
        nodes[i % 2].session('room')));
      const leave = (crowd) => crowd.forEach((client, i) =>
        i % 3 === 0 ? client.drop() : client.sendClose(1000));
      let crowd = [];
      for (let round = 0; round < CROWDS; ++round) {
        leave(crowd);
        crowd = await join();
        // Who leaves before it has met anybody is missed by nobody here.
        await Promise.all(nodes.map((node) => node.untilMetric(
          'signaling_active_connections', 1 + CROWD / 2)));
      }
      leave(crowd);
      await redis.untilMembers(keyOf('room'), 2);
      // Both were there all the time: they hear of all leaves, once.
      for (const [sender, other] of [[a, b], [b, a]]) {
        sender.sendText(marker('after the crowds'));
        let leaves = 0;
        for (;; ++leaves) {
          const text = await other.text();
          if (text === marker('after the crowds')) break;
          assert.equal(text, PEER_DISCONNECTED);
        }
        assert.equal(leaves, CROWD * CROWDS);
      }
    }));

  test('members in Redis carry the id of their node', withNodes({},
    async ({ redis, nodes: [one, two] }) => {
      const [a, b, c] = await gather('room', one, two, two);
      const members = await redis.members(keyOf('room'));
      const carriers = (node) => members.filter((member) => new RegExp(
        `^sb:${idOf(node)}:\\d+:[0-9a-f]+$`).test(member)).length;
      assert.deepEqual([carriers(one), carriers(two)], [1, 2]);
      assert.notEqual(idOf(one), idOf(two));
      for (const client of [a, b, c]) client.sendClose(1000);
      await redis.untilMembers(keyOf('room'), 0);
    }));

  test('ROOM_TTL_SECONDS never runs out under members', withNodes({
    env: { ROOM_TTL_SECONDS: '1', ROOM_CAPACITY: '2' },
  }, async ({ redis, nodes: [one, two] }) => {
    const [a, b] = await gather('room', one, two);
    await throughout(5_000, async () => {
      assert.equal((await redis.members(keyOf('room'))).length, 2);
    });
    await assertRefused(one, 'room', ROOM_FULL);
    await greet(a, [b]);
    await greet(b, [a]);
  }));

  test('a node that drains gives its seats back, and its peers hear each leave'
    + ' once', withNodes({}, async ({ redis, nodes: [one, two] }) => {
    const [a, b] = await gather('room', two, two);
    const leavers = await gather('other', one, one);
    const both = [];
    for (let i = 0; i < 5; ++i) {
      both.push(await entered(await one.session('room')));
    }
    await greet(both[4], [a, b, ...both.slice(0, 4)]);
    one.signal('SIGTERM');
    for (const leaver of [...both, ...leavers]) {
      const { code, reason } = await leaver.untilClose();
      assert.deepEqual({ code, reason },
        { code: 1012, reason: 'Server draining' });
      leaver.sendClose(code);
    }
    await one.endedCleanly();
    for (const other of [a, b]) {
      assert.deepEqual(await other.texts(5), Array(5).fill(PEER_DISCONNECTED));
    }
    await greet(a, [b]);
    await greet(b, [a]);
    assert.equal((await redis.members(keyOf('room'))).length, 2);
    assert.equal(await redis.command('EXISTS', keyOf('other')), 0);
  }));
});
