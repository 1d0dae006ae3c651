// The reference's metrics: there from the start, right when they rise and right
// when they fall.

import assert from 'node:assert/strict';
import test from 'node:test';

import { PEER_DISCONNECTED, SCHEMA_ERROR, offer } from './support/messages.js';
import { withNode } from './support/server.js';

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
