// Rooms: who is in, who hears of whom, and that nothing stays behind.

import assert from 'node:assert/strict';
import test from 'node:test';

import { closeFrame, textFrame } from './support/frames.js';
import {
  PEER_DISCONNECTED, assertNothingBefore, offer,
} from './support/messages.js';
import { withNode } from './support/server.js';
import { SANITIZED, until } from './support/until.js';

const LEAVES = {
  'a close frame': (client) => client.sendClose(1000),
  'a dropped connection': (client) => client.drop(),
  'a reset connection': (client) => client.reset(),
  'a closed writing side': (client) => client.socket.end(),
  'a violation': (client) => client.send({ opcode: 3 }),
  'a close frame, twice': (client) =>
    client.write(Buffer.concat([closeFrame(1000), closeFrame(1000)])),
  'a close frame and then a reset': (client) => {
    client.sendClose(1000);
    client.reset();
  },
};

for (const [what, leave] of Object.entries(LEAVES)) {
  test(`rooms: a leave by ${what} is heard exactly once`, withNode({},
    async (server) => {
      const [a, b, leaver] = await server.sessions('room', 3);
      const stranger = await server.session('other');
      leave(leaver);
      assert.equal(await a.text(), PEER_DISCONNECTED);
      assert.equal(await b.text(), PEER_DISCONNECTED);
      await server.untilMetric('signaling_active_connections', 3);
      await assertNothingBefore(a, b);
      await assertNothingBefore(b, a);
      const neighbour = await server.session('other');
      await assertNothingBefore(stranger, neighbour);
    }));
}

test('rooms: a join is not told in the base dialect', withNode({},
  async (server) => {
    const [a, b] = await server.sessions('room', 2);
    await assertNothingBefore(a, b);
    await assertNothingBefore(b, a);
  }));

test('rooms: one who comes later gets nothing said before', withNode({},
  async (server) => {
    const [a, b] = await server.sessions('room', 2);
    a.sendText(offer());
    assert.equal(await b.text(), offer());
    const late = await server.session('room');
    await assertNothingBefore(late, a);
  }));

test('rooms: a full room refuses, and a leave makes a seat', withNode({
  env: { ROOM_CAPACITY: '2' },
}, async (server) => {
  const [a, b] = await server.sessions('room', 2);
  const third = await server.session('room', { then: [textFrame(offer())] });
  assert.deepEqual(await third.close(), { code: 1000, reason: 'Room is full' });
  third.sendText(offer());
  await third.finishClosing(1000);
  await assertNothingBefore(a, b);
  await server.session('another');
  b.drop();
  assert.equal(await a.text(), PEER_DISCONNECTED);
  const fourth = await server.session('room');
  await assertNothingBefore(a, fourth);
}));

test('rooms: of thirty who race for a seat exactly one gets it', withNode({
  env: { ROOM_CAPACITY: '2' },
}, async (server) => {
  const first = await server.session('room');
  const racers = await Promise.all(
    Array.from({ length: 30 }, () => server.session('room')));
  await until(() =>
    racers.filter((racer) => racer.frames.length > 0).length === 29,
  '29 refusals');
  const winners = racers.filter((racer) => racer.frames.length === 0);
  assert.equal(winners.length, 1);
  for (const racer of racers) {
    if (racer === winners[0]) continue;
    assert.deepEqual(await racer.close(),
      { code: 1000, reason: 'Room is full' });
  }
  await assertNothingBefore(first, winners[0]);
}));

test('rooms: a room exists while it has members and not after', withNode({},
  async (server) => {
    const rooms = () => server.metric('signaling_local_rooms');
    assert.equal(await rooms(), 0);
    const [a, b] = await server.sessions('one', 2);
    await server.untilMetric('signaling_local_rooms', 1);
    const c = await server.session('two');
    await server.untilMetric('signaling_local_rooms', 2);
    a.drop();
    assert.equal(await b.text(), PEER_DISCONNECTED);
    assert.equal(await rooms(), 2);
    b.sendClose(1000);
    await server.untilMetric('signaling_local_rooms', 1);
    c.reset();
    await server.untilMetric('signaling_local_rooms', 0);
    const [d, e] = await server.sessions('one', 2);
    await assertNothingBefore(d, e);
    assert.equal(await rooms(), 1);
  }));

test('rooms: many join-leaves leave memory where it was',
  { timeout: 300_000 }, async (t) => {
    const count = Number(process.env.SIGNALBOX_JOIN_LEAVES
      ?? (SANITIZED ? 2_000 : 20_000));
    await withNode({}, async (server) => {
      // Loopback has many addresses: ports do not run out.
      const joinLeaves = async (total, width = 40) => {
        let next = 0;
        const lane = async () => {
          for (let i = next++; i < total; i = next++) {
            const client = await server.session(`room-${i % 500}`, {
              localAddress: `127.0.0.${2 + (i % 100)}`,
            });
            client.sendText(offer());
            if (i % 3 === 0) {
              client.sendClose(1000);
              await client.ended();
            }
            client.drop();
          }
        };
        await Promise.all(Array.from({ length: width }, lane));
        await server.untilMetric('signaling_active_connections', 0);
        await server.untilMetric('signaling_local_rooms', 0);
      };
      const rounds = 4;
      await joinLeaves(Math.ceil(count / rounds));
      const descriptors = await server.descriptorsAtRest();
      const resident = [server.residentBytes()];
      for (let i = 0; i < rounds; ++i) {
        await joinLeaves(Math.ceil(count / rounds));
        resident.push(server.residentBytes());
      }
      t.diagnostic(`${count} join-leaves in ${rounds} rounds: `
        + resident.map((bytes) => `${bytes >> 10} KiB`).join(', '));
      assert.equal(await server.descriptorsAtRest(), descriptors);
      // A sanitizer keeps freed memory on purpose.
      if (SANITIZED) return;
      assert.ok(resident.at(-1) <= resident[0] * 1.1,
        `${resident[0]} bytes before, ${resident.at(-1)} after`);
      // What leaks grows in every round.
      const growth = resident.slice(1).map((bytes, i) => bytes - resident[i]);
      assert.ok(Math.min(...growth) <= 65536, `grows by ${growth}`);
    })(t);
  });
