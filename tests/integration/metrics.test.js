// The reference's metrics: there from the start, right when they rise and right
// when they fall. And what of ours comes about outside: handshakes, limits,
// turns, the process.

import assert from 'node:assert/strict';
import test from 'node:test';

import { PEER_DISCONNECTED, SCHEMA_ERROR, offer } from './support/messages.js';
import { withNode } from './support/server.js';
import { DEADLINE_MS, until } from './support/until.js';

const AT_REST = {
  signaling_active_connections: ['gauge', 0],
  signaling_local_rooms: ['gauge', 0],
  signaling_redis_up: ['gauge', 1],
  signaling_circuit_breaker_open: ['gauge', 0],
  signaling_messages_forwarded_total: ['counter', 0],
  signaling_schema_rejections_total: ['counter', 0],
  signaling_rate_limit_drops_total: ['counter', 0],
  signaling_backpressure_closes_total: ['counter', 0],
};

const HISTOGRAMS =
  ['signaling_redis_cmd_latency_seconds', 'signaling_fanout_latency_seconds'];

test('metrics: all of the reference are there from the start', withNode({},
  async (server) => {
    const metrics = await server.metrics();
    for (const [name, [type, value]] of Object.entries(AT_REST)) {
      assert.equal(metrics.types.get(name), type, name);
      assert.equal(metrics.get(name), value, name);
    }
    for (const name of HISTOGRAMS) {
      assert.equal(metrics.types.get(name), 'histogram', name);
      assert.equal(metrics.get(`${name}_count`), 0);
      assert.equal(metrics.get(`${name}_sum`), 0);
      assert.equal(metrics.values.get(`${name}_bucket{le="+Inf"}`), 0);
    }
  }));

test('metrics: those of the reference have no label, ours are named for us',
  withNode({}, async (server) => {
    const [a, b] = await server.sessions('a-room-name', 2);
    a.sendText(offer());
    await b.text();
    const metrics = await server.metrics();
    for (const key of metrics.values.keys()) {
      if (key.startsWith('signaling_')) {
        assert.match(key, /^\w+(_bucket\{le="[^"]+"\})?$/);
      } else {
        assert.match(key, /^(signalbox|process)_/);
      }
      assert.ok(!key.includes('a-room-name'), key);
    }
  }));

test('metrics: connections and rooms rise and fall', withNode({},
  async (server) => {
    const expect = async (connections, rooms) => {
      await server.untilMetric('signaling_active_connections', connections);
      await server.untilMetric('signaling_local_rooms', rooms);
    };
    const a = await server.session('one');
    await expect(1, 1);
    const b = await server.session('one');
    await expect(2, 1);
    const c = await server.session('two');
    await expect(3, 2);
    const refused = await server.session('');
    await refused.close();
    await refused.finishClosing(1008);
    await expect(3, 2);
    a.sendClose(1000);
    await expect(2, 2);
    b.reset();
    await expect(1, 1);
    c.send({ opcode: 3 });
    await expect(0, 0);
  }));

test('metrics: forwarded counts deliveries', withNode({}, async (server) => {
  const forwarded = () => server.metric('signaling_messages_forwarded_total');
  const members = await server.sessions('room', 4);
  const lonely = await server.session('lonely');
  lonely.sendText(offer());
  lonely.send({ opcode: 0x9 });
  await lonely.pong();
  assert.equal(await forwarded(), 0);
  members[0].sendText(offer(), offer());
  for (const member of members.slice(1)) await member.texts(2);
  assert.equal(await forwarded(), 6);
  const fanout = 'signaling_fanout_latency_seconds_count';
  assert.ok(await server.metric(fanout) > 0);
}));

test('metrics: schema rejections are counted and not forwarded', withNode({},
  async (server) => {
    const [, sender] = await server.sessions('room', 2);
    sender.sendText('x', '{}', '{"type":"peer-disconnected"}');
    assert.deepEqual(await sender.texts(3), Array(3).fill(SCHEMA_ERROR));
    const metrics = await server.metrics();
    assert.equal(metrics.get('signaling_schema_rejections_total'), 3);
    assert.equal(metrics.get('signaling_messages_forwarded_total'), 0);
    assert.equal(metrics.get('signaling_rate_limit_drops_total'), 0);
  }));

test('metrics: counters never fall', withNode({}, async (server) => {
  const forwarded = () => server.metric('signaling_messages_forwarded_total');
  const [a, b] = await server.sessions('room', 2);
  a.sendText(offer());
  await b.text();
  a.drop();
  assert.equal(await b.text(), PEER_DISCONNECTED);
  b.drop();
  await server.untilMetric('signaling_local_rooms', 0);
  assert.ok(await forwarded() >= 1);
  const [c, d] = await server.sessions('room', 2);
  const before = await forwarded();
  c.sendText(offer());
  await d.text();
  assert.equal(await forwarded(), before + 1);
}));

test('metrics: handshakes are counted by what came of them', withNode({
  env: { MAX_CONNECTIONS: '2', HANDSHAKE_TIMEOUT_MS: '300' },
}, async (server) => {
  const outcome = async (name) => (await server.metrics()).values
    .get(`signalbox_handshakes_total{outcome="${name}"}`);
  await server.sessions('room', 2);
  const answered = async (status, request) => {
    const client = await server.raw();
    assert.equal((await client.upgrade(request)).status, status);
  };
  await answered(503, { target: '/?roomId=room' });
  await answered(426, {
    target: '/?roomId=room', headers: { 'Sec-WebSocket-Version': '12' },
  });
  await answered(400, {
    target: '/?roomId=room', headers: { 'Sec-WebSocket-Key': 'short' },
  });
  await answered(431, { target: `/?roomId=${'x'.repeat(17_000)}` });
  const silent = await server.raw();
  await silent.ended();
  await server.http('/healthz');
  assert.equal(await outcome('101'), 2);
  for (const one of ['503', '426', '400', '431', 'timeout']) {
    assert.equal(await outcome(one), 1, one);
  }
  assert.equal(await outcome('tls_failure'), 0);
}));

for (const [limit, reason] of [
  ['RATE_LIMIT_MESSAGES_PER_10S', 'session_rate'],
  ['RATE_LIMIT_IP_MSGS_PER_10S', 'address_rate'],
  ['RATE_LIMIT_ROOM_MSGS_PER_10S', 'room_rate'],
]) {
  test(`metrics: what ${limit} drops is counted as ${reason}`, withNode({
    env: { [limit]: '1' },
  }, async (server) => {
    const [receiver, sender] = await server.sessions('room', 2);
    sender.sendText(offer(), offer(), offer());
    await receiver.text();
    await server.untilMetric('signaling_rate_limit_drops_total', 2);
    const { values } = await server.metrics();
    for (const x of ['session_rate', 'address_rate', 'room_rate', 'schema']) {
      const name = `signalbox_messages_dropped_total{reason="${x}"}`;
      assert.equal(values.get(name), x === reason ? 2 : 0, x);
    }
  }));
}

test('metrics: every shard turns, and its time adds up', withNode({
  env: { SHARDS: '2' },
}, async (server) => {
  const turns = async (shard) => (await server.metrics()).values
    .get(`signalbox_shard_turn_seconds_count{shard="${shard}"}`);
  for (const shard of [0, 1]) {
    const before = await turns(shard);
    await until(async () => await turns(shard) > before, 'a turn');
  }
  const { values } = await server.metrics();
  for (const shard of [0, 1]) {
    const load = values.get(`signalbox_shard_load_ratio{shard="${shard}"}`);
    assert.ok(load >= 0 && load <= 1, `${load}`);
    const busy =
      values.get(`signalbox_shard_busy_seconds_total{shard="${shard}"}`);
    const sum = values.get(`signalbox_shard_turn_seconds_sum{shard="${shard}"}`);
    assert.ok(busy > 0 && Math.abs(busy - sum) < 1, `${busy}, ${sum}`);
  }
}));

test('metrics: a mailbox is forgotten ten seconds after its last message',
  withNode({}, async (server) => {
    const longest = async () => (await server.metrics()).values
      .get('signalbox_longest_mailbox_messages{kind="room"}');
    const [a, b] = await server.sessions('room', 2);
    a.sendText(offer());
    await b.text();
    assert.ok(await longest() >= 1);
    await until(async () => await longest() === 0, 'the room to be quiet',
      DEADLINE_MS + 12_000);
    a.sendText(offer());
    await b.text();
    assert.equal(await longest(), 1);
  }));

test('metrics: the process is as the kernel sees it', withNode({},
  async (server) => {
    const descriptors = server.descriptors();
    const { values } = await server.metrics();
    const open = values.get('process_open_fds');
    // The connection that asks.
    assert.ok(Math.abs(open - descriptors) <= 4, `${open}, ${descriptors}`);
    const resident = values.get('process_resident_memory_bytes');
    const seen = server.residentBytes();
    assert.ok(resident > seen / 2 && resident < seen * 2,
      `${resident}, ${seen}`);
    const age = Date.now() / 1000 - values.get('process_start_time_seconds');
    assert.ok(age > 0 && age < 120, `${age} s old`);
  }));
