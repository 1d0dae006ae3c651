// The limits of protocol §4 that need no cluster: how much gets through, what
// is counted, and whose limit it is.

import assert from 'node:assert/strict';
import os from 'node:os';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { textFrame } from './support/frames.js';
import {
  SCHEMA_ERROR, assertNothingBefore, candidate, marker, messageOfSize, offer,
} from './support/messages.js';
import { withNode } from './support/server.js';
import { makeSecret, tokenFor } from './support/tokens.js';
import { SANITIZED, until } from './support/until.js';

const DROPS = 'signaling_rate_limit_drops_total';
const FORWARDED = 'signaling_messages_forwarded_total';
const BAD_ROOM = { code: 1008, reason: 'Invalid roomId' };
const LIMITED = { code: 1013, reason: 'Rate limited' };
const SECRET = 'a secret of the tests, of 32 bytes or more';
const hasIpv6 = os.networkInterfaces().lo
  ?.some(({ address }) => address === '::1');
const TRUSTING = { TRUSTED_PROXIES: '127.0.0.1/32' };

const markers = (count, name = 'm') =>
  Array.from({ length: count }, (_, i) => marker(`${name}${i}`));
const forwardedFor = (value) =>
  ({ headers: { 'X-Forwarded-For': value } });

// -- messages -----------------------------------------------------------------

test('limits: what a session sends over it is dropped and counted', withNode({
  env: { RATE_LIMIT_MESSAGES_PER_10S: '5' },
}, async (server) => {
  const [receiver, a, b] = await server.sessions('room', 3);
  a.sendText(...markers(12));
  await server.untilMetric(DROPS, 7);
  assert.deepEqual(await receiver.texts(5), markers(5));
  assert.deepEqual(await b.texts(5), markers(5));
  // Another session has a limit of its own; a's went into the first five.
  b.sendText(...markers(5, 'b'));
  assert.deepEqual(await receiver.texts(5), markers(5, 'b'));
  assert.equal(await server.metric(DROPS), 7);
  assert.equal(await server.metric(FORWARDED), 20);
}));

test('limits: a session that was limited speaks again after a while', withNode({
  env: { RATE_LIMIT_MESSAGES_PER_10S: '10' },
}, async (server) => {
  const [receiver, sender] = await server.sessions('room', 2);
  sender.sendText(...markers(11));
  await server.untilMetric(DROPS, 1);
  assert.deepEqual(await receiver.texts(10), markers(10));
  await until(() => {
    sender.sendText(marker('again'));
    return receiver.frames.length > 0;
  }, 'one more to get through', 3_000);
}));

test('limits: messages that are not valid use up the limit too', withNode({
  env: { RATE_LIMIT_MESSAGES_PER_10S: '5' },
}, async (server) => {
  const [receiver, sender] = await server.sessions('room', 2);
  sender.sendText(...Array.from({ length: 20 }, () => 'not json'), offer());
  await server.untilMetric(DROPS, 16);
  assert.deepEqual(await sender.texts(5), Array(5).fill(SCHEMA_ERROR));
  assert.equal(await server.metric('signaling_schema_rejections_total'), 5);
  receiver.sendText(marker('end'));
  assert.equal(await sender.text(), marker('end'));
  assert.deepEqual(receiver.frames, []);
}));

test('limits: the sessions of one address share a limit', withNode({
  env: { RATE_LIMIT_IP_MSGS_PER_10S: '5', ...TRUSTING },
}, async (server) => {
  const receiver = await server.session('room', forwardedFor('192.0.2.1'));
  const a = await server.session('room', forwardedFor('198.51.100.1'));
  const b = await server.session('other', forwardedFor('198.51.100.1'));
  const c = await server.session('room', forwardedFor('198.51.100.2'));
  a.sendText(...markers(3));
  assert.deepEqual(await receiver.texts(3), markers(3));
  b.sendText(...markers(3));
  await server.untilMetric(DROPS, 1);
  a.sendText(offer());
  await server.untilMetric(DROPS, 2);
  c.sendText(...markers(5, 'c'));
  assert.deepEqual(await receiver.texts(5), markers(5, 'c'));
  assert.equal(await server.metric(DROPS), 2);
}));

test('limits: the members of one room share a limit', withNode({
  env: { RATE_LIMIT_ROOM_MSGS_PER_10S: '5' },
}, async (server) => {
  const [receiver, a, b] = await server.sessions('room', 3);
  const [elsewhere, c] = await server.sessions('other', 2);
  a.sendText(...markers(3, 'a'));
  assert.deepEqual(await receiver.texts(3), markers(3, 'a'));
  b.sendText(...markers(3, 'b'));
  await server.untilMetric(DROPS, 1);
  assert.deepEqual(await receiver.texts(2), markers(2, 'b'));
  c.sendText(...markers(5, 'c'));
  assert.deepEqual(await elsewhere.texts(5), markers(5, 'c'));
  assert.equal(await server.metric(DROPS), 1);
}));

for (const name of ['RATE_LIMIT_MESSAGES_PER_10S', 'RATE_LIMIT_IP_MSGS_PER_10S',
  'RATE_LIMIT_ROOM_MSGS_PER_10S']) {
  test(`limits: ${name} may be 1`, withNode({ env: { [name]: '1' } },
    async (server) => {
      const [receiver, sender] = await server.sessions('room', 2);
      sender.sendText(...markers(3));
      await server.untilMetric(DROPS, 2);
      assert.equal(await receiver.text(), marker('m0'));
      assert.equal(await server.metric(FORWARDED), 1);
    }));
}

test('limits: a sender faster than its limit cannot grow memory', withNode({
  env: { RATE_LIMIT_MESSAGES_PER_10S: '50' },
}, async (server, t) => {
  const [, sender] = await server.sessions('room', 2);
  const before = server.residentBytes();
  const count = 3_000;
  const frame = textFrame(messageOfSize(32_768));
  for (let sent = 0; sent < count; ++sent) {
    if (!sender.write(frame)) {
      await until(() => !sender.socket.writableNeedDrain, 'the node to read');
    }
  }
  await until(async () => {
    const metrics = await server.metrics();
    return metrics.get(DROPS) + metrics.get(FORWARDED) === count;
  }, 'all to be dropped or forwarded');
  const metrics = await server.metrics();
  assert.ok(metrics.get(FORWARDED) >= 50 && metrics.get(FORWARDED) < 200,
    `${metrics.get(FORWARDED)} got through`);
  const grown = server.residentBytes() - before;
  t.diagnostic(`${count * 32} KiB sent, memory grew by ${grown >> 10} KiB`);
  // A sanitizer keeps up to 256 MiB of freed memory on purpose.
  assert.ok(grown < (SANITIZED ? 320 : 32) * 2 ** 20, `memory grew by ${grown} bytes`);
}));

// -- connections --------------------------------------------------------------

test('limits: upgrades of one address are limited', withNode({
  env: { RATE_LIMIT_CONN_PER_10S: '3' },
}, async (server) => {
  const [a, b] = await server.sessions('room', 3);
  const refused = await server.session('room', { then: [textFrame(offer())] });
  assert.deepEqual(await refused.close(), LIMITED);
  await refused.finishClosing(1013);
  await assertNothingBefore(a, b);
}));

test('limits: plain requests do not count as upgrades', withNode({
  env: { RATE_LIMIT_CONN_PER_10S: '2' },
}, async (server) => {
  for (let i = 0; i < 20; ++i) {
    assert.equal((await server.http('/healthz')).status, 200);
  }
  const [a, b] = await server.sessions('room', 2);
  await assertNothingBefore(a, b);
}));

test('limits: forty addresses behind one proxy have forty limits', withNode({
  env: { RATE_LIMIT_CONN_PER_10S: '1', ...TRUSTING },
}, async (server) => {
  const members = [];
  for (let i = 1; i <= 40; ++i) {
    members.push(await server.session('room', forwardedFor(`198.51.100.${i}`)));
  }
  members[39].sendText(offer());
  for (const member of members.slice(0, 39)) {
    assert.equal(await member.text(), offer());
  }
  for (let i = 1; i <= 40; ++i) {
    const again = await server.session('room',
      forwardedFor(`198.51.100.${i}`));
    assert.deepEqual(await again.close(), LIMITED);
  }
}));

test('limits: the header of an untrusted peer counts for nothing', withNode({
  env: { RATE_LIMIT_CONN_PER_10S: '1', TRUSTED_PROXIES: '10.0.0.0/8' },
}, async (server) => {
  await server.session('room', forwardedFor('198.51.100.1'));
  const second = await server.session('room', forwardedFor('198.51.100.2'));
  assert.deepEqual(await second.close(), LIMITED);
}));

test('limits: what a client wrote into the header itself counts for nothing',
  withNode({
    env: {
      RATE_LIMIT_CONN_PER_10S: '1', TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8',
    },
  }, async (server) => {
    await server.session('room', forwardedFor('203.0.113.1, 198.51.100.7'));
    // The nearest address that is no trusted proxy is the client.
    for (const same of [
      '203.0.113.2, 198.51.100.7', '198.51.100.7, 10.1.2.3',
      '203.0.113.3,198.51.100.7,10.1.2.3, 10.3.2.1',
    ]) {
      const again = await server.session('room', forwardedFor(same));
      assert.deepEqual(await again.close(), LIMITED, same);
    }
    const other = await server.session('room',
      forwardedFor('198.51.100.7, 203.0.113.4'));
    other.send({ opcode: 0x9 });
    assert.equal((await other.pong()).length, 0);
  }));

test('limits: one IPv6 /64 is one address', withNode({
  env: { RATE_LIMIT_CONN_PER_10S: '1', ...TRUSTING },
}, async (server) => {
  const first = await server.session('room', forwardedFor('2001:db8:1:2::1'));
  const sameNet = await server.session('room',
    forwardedFor('2001:db8:1:2:ffff:ffff:ffff:ffff'));
  assert.deepEqual(await sameNet.close(), LIMITED);
  const otherNet = await server.session('room',
    forwardedFor('2001:db8:1:3::1'));
  await assertNothingBefore(first, otherNet);
}));

test('limits: an IPv4 address written as IPv6 is the same address', withNode({
  env: { RATE_LIMIT_CONN_PER_10S: '1', ...TRUSTING },
}, async (server) => {
  await server.session('room', forwardedFor('198.51.100.7'));
  const mapped = await server.session('room',
    forwardedFor('::ffff:198.51.100.7'));
  assert.deepEqual(await mapped.close(), LIMITED);
  const other = await server.session('room',
    forwardedFor('::ffff:198.51.100.8'));
  other.send({ opcode: 0x9 });
  assert.equal((await other.pong()).length, 0);
}));

for (const [what, env] of [
  ['over the limit of its address', { RATE_LIMIT_CONN_PER_10S: '1' }],
  ['from an origin that is not allowed', { ALLOWED_ORIGINS: 'https://a.test' }],
  ['without a token', { ENABLE_AUTH: 'true', JWT_SECRET: SECRET }],
]) {
  test(`limits: sessions ${what} take no place of others`, withNode({
    env: { RATE_LIMIT_CONN_PER_10S: '1000', ...env, MAX_CONNECTIONS: '3' },
  }, async (server) => {
    const upgrade = async (localAddress, origin) => {
      const client = await server.raw({ localAddress });
      const { status } = await client.upgrade({
        target: '/?roomId=room', headers: { Origin: origin },
      });
      assert.equal(status, 101);
      return client;
    };
    // None of them answers its close frame.
    const refused = [];
    while (refused.length < 20) {
      refused.push(await upgrade('127.0.0.9', 'https://b.test'));
    }
    await until(() => refused.filter((x) => x.frames.length > 0).length >= 19,
      'all but perhaps the first to be refused');
    assert.equal(await server.metric('signalbox_connections'), 20);
    refused.push(await upgrade('127.0.0.1', 'https://a.test'));
    for (const client of refused) client.drop();
    await server.untilMetric('signalbox_connections', 0);
  }));
}

test('limits: however many are being refused, the next one is told why',
  withNode({}, async (server) => {
    const refusedFrom = (localAddress) =>
      server.session('no room', { localAddress });
    // None of them answers its close frame.
    const silent = [];
    while (silent.length < 150) silent.push(await refusedFrom('127.0.0.9'));
    for (const client of silent) {
      assert.deepEqual(await client.close(), BAD_ROOM);
    }
    // As many may take their time; the others are gone already.
    assert.equal(await server.metric('signalbox_connections'), 128);
    await until(() => silent.filter(({ end }) => end).length === 22,
      'their connections to end');
    const other = await refusedFrom('127.0.0.1');
    assert.deepEqual(await other.close(), BAD_ROOM);
    await other.ended();
    const [a, b] = await server.sessions('room', 2);
    await assertNothingBefore(a, b);
    for (const client of silent) client.drop();
    await server.untilMetric('signalbox_connections', 2);
    // And there is time to close again.
    const slow = await refusedFrom('127.0.0.9');
    assert.deepEqual(await slow.close(), BAD_ROOM);
    assert.equal(await server.metric('signalbox_connections'), 3);
    await slow.finishClosing(1008);
  }));

for (const [what, env, headers, close] of [
  ['shows no token', { ENABLE_AUTH: 'true', JWT_SECRET: SECRET }, {},
    { code: 1008, reason: 'Unauthorized' }],
  ['is of a foreign page',
    {
      ENABLE_AUTH: 'true', JWT_SECRET: SECRET,
      ALLOWED_ORIGINS: 'https://a.test',
    },
    { Origin: 'https://b.test' },
    { code: 1008, reason: 'Origin not allowed' }],
]) {
  test(`limits: who ${what} uses up no connection of its address`, withNode({
    env: { ...env, MAX_CONNECTIONS_PER_IP: '5' },
  }, async (server) => {
    const silent = [];
    while (silent.length < 5) {
      const client = await server.session('room', { headers });
      assert.deepEqual(await client.close(), close);
      silent.push(client);
    }
    assert.equal(await server.metric('signalbox_connections'), 5);
    const token = tokenFor(makeSecret(SECRET), 'room');
    const good = await server.session(undefined, {
      query: `?roomId=room&token=${token}`,
    });
    await server.untilMetric('signaling_active_connections', 1);
    good.drop();
    for (const client of silent) assert.equal(client.end, undefined);
  }));
}

test('limits: connections and failures are counted by IPv6 /64, over IPv6 too', {
  skip: !hasIpv6 && 'this machine has no ::1',
}, withNode({
  env: {
    BIND: '::', TRUSTED_PROXIES: '::1', MAX_CONNECTIONS_PER_IP: '2',
    ENABLE_AUTH: 'true', JWT_SECRET: SECRET, AUTH_FAILURES_PER_10S: '1',
  },
}, async (server) => {
  const token = tokenFor(makeSecret(SECRET), 'room');
  const from = (address, shown = token) => server.session(undefined, {
    host: '::1',
    query: `?roomId=room&token=${shown}`,
    ...(address && forwardedFor(address)),
  });
  const tell = async (client, close) =>
    assert.deepEqual(await client.close(), close);
  await from('2001:db8:1:2::1');
  await from('2001:db8:1:2::2');
  await server.untilMetric('signaling_active_connections', 2);
  await tell(await from('2001:db8:1:2:ffff::3'), LIMITED);
  await from('2001:db8:1:3::1');
  // Of the proxy itself, whose address is ::1.
  await from();
  await from();
  await tell(await from(), LIMITED);
  await server.untilMetric('signaling_active_connections', 5);
  for (const address of ['2001:db8:9:9::1', '2001:db8:9:9:2::2']) {
    await tell(await from(address, 'bad'),
      { code: 1008, reason: 'Unauthorized' });
  }
  await tell(await from('2001:db8:9:9::3'), LIMITED);
  assert.equal(await server.metric('signalbox_auth_block_refusals_total'), 1);
  await from('2001:db8:9:a::3');
  await server.untilMetric('signaling_active_connections', 6);
}));

test('limits: MAX_CONNECTIONS_PER_IP counts open sessions', withNode({
  env: { MAX_CONNECTIONS_PER_IP: '2', ...TRUSTING },
}, async (server) => {
  const from = forwardedFor('198.51.100.1');
  const a = await server.session('room', from);
  const b = await server.session('room', from);
  const third = await server.session('room', from);
  assert.deepEqual(await third.close(), LIMITED);
  await third.finishClosing(1013);
  const other = await server.session('room', forwardedFor('198.51.100.2'));
  await assertNothingBefore(a, other);
  b.drop();
  assert.equal(await a.text(), '{"type":"peer-disconnected"}');
  const again = await server.session('room', from);
  await assertNothingBefore(a, again);
}));

// -- pace (these take their time, side by side) -------------------------------

test('limits: paces under the limit lose nothing', { concurrency: true },
  async (t) => {
    const paces = [];
    // A whole token an interval, but two messages at uneven gaps: who counts
    // whole tokens, or windows, loses some.
    paces.push(t.test('limits: a pace just under the limit loses nothing',
      withNode({
        env: { RATE_LIMIT_MESSAGES_PER_10S: '1000' },
      }, async (server) => {
        const [receiver, sender] = await server.sessions('room', 2);
        const burst = markers(985, 'burst');
        sender.sendText(...burst);
        assert.deepEqual(await receiver.texts(985), burst);
        const gapsMs = [4, 17];
        const begin = performance.now();
        let at = begin;
        let sent = 0;
        while (at < begin + 12_000) {
          at += gapsMs[sent % 2];
          // Finer than any timer: gaps are what this is about.
          while (performance.now() < at) await setImmediate();
          // Late is late: what was missed is not caught up.
          at = Math.max(at, performance.now() - 1);
          sender.sendText(marker(`pace${sent}`));
          sent += 1;
        }
        assert.deepEqual(await receiver.texts(sent), markers(sent, 'pace'));
        assert.equal(await server.metric(DROPS), 0);
        // The limit is there: it was not merely never reached.
        sender.sendText(...markers(1000, 'more'));
        await until(async () => await server.metric(DROPS) > 0, 'a drop');
      })));
    paces.push(t.test(
      'limits: an offer and 30 candidates keep their order at any moment',
      withNode({
        env: { RATE_LIMIT_MESSAGES_PER_10S: '1000' },
      }, async (server) => {
        const [receiver, sender] = await server.sessions('room', 2);
        const begin = performance.now();
        for (let round = 0; round < 22; ++round) {
          const due = begin + round * 550;
          await until(() => performance.now() >= due, 'the next round',
            60_000);
          const texts = [offer(`round ${round}`),
            ...Array.from({ length: 30 }, (_, i) => candidate(i))];
          sender.sendText(...texts);
          assert.deepEqual(await receiver.texts(31), texts);
        }
        assert.equal(await server.metric(DROPS), 0);
      })));
    await Promise.all(paces);
  });
