// What a node keeps of rooms beside Redis, and in it: much of it made equal at
// once, and nothing of it left over.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { SCHEMA_ERROR } from './support/messages.js';
import {
  entered, keyOf, untilNotReady, untilReady, withNodes,
} from './support/nodes.js';
import { SANITIZED, until } from './support/until.js';

/** Calls `act` with 0 to `total` - 1, `width` at a time. */
async function inLanes(total, width, act) {
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < total; i = next++) await act(i);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

describe('redis upkeep', () => {
  test('while thousands of rooms are made equal after a reconnect, joins into'
    + ' them go on, and the circuit stays closed', withNodes({
    count: 1, isProxied: true, env: { SHARDS: '1' },
  }, async ({ nodes: [node], proxies: [proxy] }, t) => {
    const rooms = SANITIZED ? 500 : 3_000;
    const clients = [];
    await inLanes(rooms, 50, async (i) => {
      clients.push(await entered(await node.session(`room-${i}`)));
    });
    proxy.delayMs = 50;
    // Its probes have seen it: what is late is late for good.
    const slow = performance.now();
    await until(() => performance.now() > slow + 500, 'a slow Redis');
    proxy.cut();
    await untilNotReady(node);
    await untilReady(node);
    const begin = performance.now();
    const refused = [];
    let joins = 0;
    await inLanes(20, 20, async (lane) => {
      for (let i = lane; performance.now() < begin + 3_000; i += 20) {
        const client = await node.session(`room-${(i * 37) % rooms}`);
        client.sendText('not json');
        const { opcode, payload } = await client.frame('the seat');
        if (payload.toString() !== SCHEMA_ERROR) {
          refused.push(opcode === 8 ? payload.subarray(2).toString() : opcode);
        }
        assert.equal(await node.metric('signaling_circuit_breaker_open'), 0);
        joins += 1;
        client.drop();
      }
    });
    t.diagnostic(`${joins} joins while ${rooms} rooms are made equal`);
    assert.deepEqual(refused, []);
    for (const client of clients) client.drop();
  }));

  test('20,000 join-leaves leave nothing, neither here nor in Redis', withNodes(
    { count: 1 }, async ({ redis, nodes: [node] }, t) => {
      const rounds = 4;
      const round = async (width = 40) => {
        await inLanes((SANITIZED ? 1_000 : 20_000) / rounds, width,
          async (i) => {
            const client = await node.session(`room-${i % 500}`);
            // Every second one sits; the others may be anywhere in between.
            if (i % 2 === 0) await entered(client);
            client.drop();
          });
        await node.untilMetric('signaling_active_connections', 0);
        await node.untilMetric('signaling_local_rooms', 0);
        await until(async () => {
          const keys = await redis.command('KEYS', 'room:*');
          return keys.length === 0;
        }, 'no room in Redis');
        // The last subscription lingers.
        await until(async () => (await redis.command(
          'PUBSUB', 'CHANNELS', keyOf('*'))).length === 0, 'no subscription');
      };
      await round();
      const resident = [node.residentBytes()];
      for (let i = 0; i < rounds; ++i) {
        await round();
        resident.push(node.residentBytes());
      }
      t.diagnostic(resident.map((bytes) => `${bytes >> 10} KiB`).join(', '));
      const keys = await redis.command('KEYS', '*');
      assert.deepEqual(keys.filter((key) =>
        key !== 'signalbox:nodes' && !/^signalbox:(\{probe:|conn:)/.test(key)),
      []);
      // A sanitizer keeps freed memory on purpose.
      if (SANITIZED) return;
      assert.ok(resident.at(-1) <= resident[0] * 1.1,
        `${resident[0]} bytes before, ${resident.at(-1)} after`);
      // What leaks grows in every round.
      const growth = resident.slice(1).map((bytes, i) => bytes - resident[i]);
      assert.ok(Math.min(...growth) <= 65_536, `grows by ${growth}`);
    }));
});
