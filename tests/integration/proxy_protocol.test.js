// The PROXY header of a trusted proxy: whose connection it is, and that nobody
// else has a say in it.

import assert from 'node:assert/strict';
import test from 'node:test';

import { assertNothingBefore, offer } from './support/messages.js';
import { upgradeRequest } from './support/raw_client.js';
import { withNode } from './support/server.js';
import { SECURE, WITH_TLS } from './support/tls_nodes.js';
import { DEADLINE_MS, until } from './support/until.js';

const LIMITED = { code: 1013, reason: 'Rate limited' };
const UNHEARD = 'trusted proxy sent no PROXY header';
const WSS_REQUIRED = { code: 1008, reason: 'WSS required' };
const BEHIND_PROXY = {
  PROXY_PROTOCOL: 'true', TRUSTED_PROXIES: '127.0.0.1/32', HEALTH_PORT: '0',
};
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

const v1 = (source, family = source.includes(':') ? 'TCP6' : 'TCP4') =>
  `PROXY ${family} ${source} ${family === 'TCP6' ? '::1' : '127.0.0.1'} 1 2\r\n`;

function bigEndian16(number) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(number);
  return bytes;
}

const tlv = (type, value) =>
  Buffer.concat([Buffer.of(type), bigEndian16(value.length), value]);

/** Version 2; `source` an IPv4 address, or undefined for LOCAL. */
function v2(source, ...extras) {
  const addresses = source === undefined ? Buffer.alloc(0)
    : Buffer.from([...source.split('.').map(Number), 127, 0, 0, 1, 0, 1, 0, 2]);
  const rest = Buffer.concat([addresses, ...extras]);
  const kind = source === undefined ? [0x20, 0] : [0x21, 0x11];
  return Buffer.concat(
    [SIGNATURE, Buffer.from(kind), bigEndian16(rest.length), rest]);
}

/** PP2_TYPE_SSL: what the client did, and a version. */
const ssl = (client) => tlv(0x20,
  Buffer.concat([Buffer.of(client, 0, 0, 0, 0), tlv(0x21,
    Buffer.from('TLSv1.3'))]));

const behindProxy = (body, env = {}) =>
  withNode({ env: { ...BEHIND_PROXY, ...env } }, body);

// -- whose limits -------------------------------------------------------------

for (const [what, header] of [
  ['version 1', (i) => v1(`192.0.2.${i}`)],
  ['version 1, IPv6', (i) => v1(`2001:db8:0:${i}::1`)],
  ['version 2', (i) => v2(`192.0.2.${i}`)],
]) {
  test(`proxy protocol: forty addresses in ${what} have forty limits`,
    behindProxy(async (server) => {
      for (let i = 1; i <= 40; ++i) {
        const client = await server.session('room', { preface: header(i) });
        client.drop();
      }
      const again = await server.session('room', { preface: header(7) });
      assert.deepEqual(await again.close(), LIMITED);
      const other = await server.session('room', { preface: header(41) });
      const peer = await server.session('room', { preface: header(42) });
      await assertNothingBefore(other, peer);
    }, { RATE_LIMIT_CONN_PER_10S: '1' }));
}

test('proxy protocol: one address has one limit, whatever the version',
  behindProxy(async (server) => {
    await server.session('room', { preface: v1('192.0.2.1') });
    const again = await server.session('room', { preface: v2('192.0.2.1') });
    assert.deepEqual(await again.close(), LIMITED);
  }, { RATE_LIMIT_CONN_PER_10S: '1' }));

for (const [what, preface] of [
  ['UNKNOWN', 'PROXY UNKNOWN\r\n'], ['LOCAL', v2()],
  ['an unspecified family',
    Buffer.concat([SIGNATURE, Buffer.of(0x21, 0, 0, 0)])],
]) {
  test(`proxy protocol: ${what} is the proxy itself`, behindProxy(
    async (server) => {
      await server.session('room', { preface });
      const again = await server.session('room', { preface });
      assert.deepEqual(await again.close(), LIMITED);
    }, { RATE_LIMIT_CONN_PER_10S: '1' }));

  test(`proxy protocol: behind ${what}, X-Forwarded-For counts for nothing`,
    behindProxy(async (server) => {
      const saying = (client) => server.session('room', {
        preface, headers: { 'X-Forwarded-For': client },
      });
      const one = await saying('198.51.100.1');
      const again = await saying('198.51.100.2');
      assert.deepEqual(await again.close(), LIMITED);
      // Nor is it the limit of those that were named.
      const two = await server.session('room', { preface: v1('198.51.100.1') });
      await assertNothingBefore(one, two);
    }, { RATE_LIMIT_CONN_PER_10S: '1' }));

  test(`proxy protocol: behind ${what}, X-Forwarded-Proto counts for nothing`,
    behindProxy(async (server) => {
      const headers = { 'X-Forwarded-Proto': 'https' };
      const refused = await server.session('room', { preface, headers });
      assert.deepEqual(await refused.close(), WSS_REQUIRED);
      // Said by a proxy of ours behind that one, it does.
      const [one, two] = await server.sessions('room', 2,
        { preface: v1('127.0.0.1'), headers });
      await assertNothingBefore(one, two);
    }, { REQUIRE_WSS: 'true' }));
}

test('proxy protocol: X-Forwarded-For counts if the header names a trusted'
  + ' proxy, and not else', behindProxy(async (server) => {
  const via = (source, client) => server.session('room', {
    preface: v1(source), headers: { 'X-Forwarded-For': client },
  });
  // From a second proxy of ours: two clients.
  await via('10.0.0.9', '198.51.100.1');
  const one = await via('10.0.0.9', '198.51.100.2');
  // From elsewhere: one client, whatever it says.
  const two = await via('192.0.2.1', '198.51.100.3');
  await assertNothingBefore(one, two);
  const again = await via('192.0.2.1', '198.51.100.4');
  assert.deepEqual(await again.close(), LIMITED);
}, {
  RATE_LIMIT_CONN_PER_10S: '1', TRUSTED_PROXIES: '127.0.0.1/32,10.0.0.0/8',
}));

// -- no header ----------------------------------------------------------------

test('proxy protocol: a trusted proxy without a header is ended, unheard',
  behindProxy(async (server) => {
    const client = await server.raw();
    client.write(upgradeRequest({ target: '/?roomId=room' }));
    await client.ended();
    await assert.rejects(client.response(), /ended/);
    const line = await until(() => server.logged(UNHEARD), 'the warning');
    assert.equal(line.peer, '127.0.0.1');
    assert.equal(await server.metric('signaling_local_rooms'), 0);
  }));

test('proxy protocol: HEALTH_PORT wants none', behindProxy(
  async (server) => {
    const port = server.healthPort;
    assert.equal((await server.http('/healthz', { port })).body, 'ok');
    await assert.rejects(server.http('/healthz'));
  }));

const FORGED = {
  'version 1': v1('192.0.2.1'),
  'version 2': v2('192.0.2.1'),
};

for (const [what, preface] of Object.entries(FORGED)) {
  test(`proxy protocol: an untrusted peer's header in ${what} counts for`
    + ' nothing', behindProxy(async (server) => {
    const client = await server.raw({ preface });
    client.write(upgradeRequest({ target: '/?roomId=room' }));
    assert.equal((await client.response()).status, 400);
    await client.ended();
    // Without one it is a client like others.
    const [a, b] = await server.sessions('room', 2);
    b.sendText(offer());
    assert.equal(await a.text(), offer());
  }, { TRUSTED_PROXIES: '10.0.0.0/8' }));

  test(`proxy protocol: unless it is on, a header in ${what} is none`, withNode({
    env: { TRUSTED_PROXIES: '127.0.0.1/32' },
  }, async (server) => {
    const client = await server.raw({ preface });
    client.write(upgradeRequest({ target: '/?roomId=room' }));
    assert.equal((await client.response()).status, 400);
    await client.ended();
  }));
}

for (const [what, header] of Object.entries({
  'an address that is none': 'PROXY TCP4 1.2.3.256 127.0.0.1 1 2\r\n',
  'no end': `PROXY UNKNOWN ${'x'.repeat(200)}`,
  'a length over the bound': Buffer.concat(
    [SIGNATURE, Buffer.of(0x21, 0x11), bigEndian16(65535)]),
  'a checksum that is wrong': v2('192.0.2.1', tlv(3, Buffer.alloc(4))),
  'an extra that is cut': v2('192.0.2.1', Buffer.of(4, 0, 9)),
})) {
  test(`proxy protocol: a header with ${what} ends that connection only`,
    behindProxy(async (server) => {
      const preface = v1('192.0.2.9');
      const [a, b] = await server.sessions('room', 2, { preface });
      const client = await server.raw();
      client.write(header);
      await client.ended();
      await assertNothingBefore(a, b);
    }));
}

for (const [what, half] of [
  ['version 1', 'PROXY TCP4 192.0'], ['version 2', v2('192.0.2.1').subarray(0, 20)],
  ['neither', ''],
]) {
  test(`proxy protocol: half a header, ${what}, ends at the handshake timeout`,
    behindProxy(async (server) => {
      const begin = performance.now();
      const client = await server.raw();
      client.write(half);
      await client.ended();
      const took = performance.now() - begin;
      assert.ok(took > 400 && took < DEADLINE_MS, `${took} ms`);
      await server.untilMetric('signalbox_handshake_timeouts_total', 1);
    }, { HANDSHAKE_TIMEOUT_MS: '500' }));
}

test('proxy protocol: header, request and messages may come in one-byte writes',
  behindProxy(async (server) => {
    const receiver = await server.session('room', { preface: v2('192.0.2.1') });
    const client = await server.raw();
    for (const byte of v1('192.0.2.2')) client.write(byte);
    const answer = await client.upgrade({ target: '/?roomId=room' });
    assert.equal(answer.status, 101);
    client.sendText(offer());
    assert.equal(await receiver.text(), offer());
  }));

// -- with TLS -----------------------------------------------------------------

test('proxy protocol: the header comes before TLS', behindProxy(
  async (server) => {
    const session = (source) =>
      server.session('room', { ...SECURE, preface: v1(source) });
    const a = await session('192.0.2.1');
    const b = await session('192.0.2.2');
    b.sendText(offer());
    assert.equal(await a.text(), offer());
    const again = await session('192.0.2.1');
    assert.deepEqual(await again.close(), LIMITED);
  }, { ...WITH_TLS, RATE_LIMIT_CONN_PER_10S: '1' }));

test('proxy protocol: TLS without the header is ended', behindProxy(
  async (server) => {
    await assert.rejects(server.raw(SECURE));
    await until(() => server.logged(UNHEARD), 'the warning');
  }, WITH_TLS));

test('proxy protocol: where WSS is required, TLS with the proxy will do',
  behindProxy(async (server) => {
    const session = (preface) => server.session('room', { preface });
    const a = await session(v2('192.0.2.1', ssl(1)));
    const b = await session(v2('192.0.2.2', tlv(4, Buffer.alloc(9)), ssl(7)));
    b.sendText(offer());
    assert.equal(await a.text(), offer());
    for (const preface of [
      v1('192.0.2.3'), v2('192.0.2.3'), v2('192.0.2.3', ssl(0)),
      // A client's certificate alone is no TLS.
      v2('192.0.2.3', ssl(2)),
    ]) {
      const refused = await session(preface);
      assert.deepEqual(await refused.close(), WSS_REQUIRED);
    }
  }, { REQUIRE_WSS: 'true' }));

test('proxy protocol: where WSS is required, an untrusted peer cannot claim it',
  withNode({
    env: { PROXY_PROTOCOL: 'true', TRUSTED_PROXIES: '10.0.0.0/8',
      REQUIRE_WSS: 'true' },
  }, async (server) => {
    const client = await server.raw({ preface: v2('192.0.2.1', ssl(1)) });
    client.write(upgradeRequest({ target: '/?roomId=room' }));
    assert.equal((await client.response()).status, 400);
    const plain = await server.session('room');
    assert.deepEqual(await plain.close(), WSS_REQUIRED);
  }));
