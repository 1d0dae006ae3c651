// Crowds who send their handshake one byte a second: each is ended in time, and
// nobody else notices. Plain, TLS, and a PROXY header.

import assert from 'node:assert/strict';
import net from 'node:net';
import { Duplex } from 'node:stream';
import test from 'node:test';
import tls from 'node:tls';

import { assertNothingBefore, offer } from './support/messages.js';
import { descriptorLimit } from './support/process_facts.js';
import { upgradeRequest } from './support/raw_client.js';
import { withNode } from './support/server.js';
import { SECURE, WITH_TLS } from './support/tls_nodes.js';
import { DEADLINE_MS, SANITIZED, until } from './support/until.js';

// Honest clients must make it in this time, among the crowd.
const TIMEOUT_MS = SANITIZED ? 12_000 : 6_000;
// What may be missing of it: two beats of the node's timers.
const EARLY_MS = 600;
const CROWD = Math.min(SANITIZED ? 1_000 : 3_000, descriptorLimit() - 500);
const TIMEOUTS = 'signalbox_handshake_timeouts_total';

/** What a client of TLS says first. */
function clientHello() {
  return new Promise((resolve) => {
    const nowhere = new Duplex({
      read() {},
      write(chunk, encoding, done) {
        resolve(Buffer.from(chunk));
        done();
      },
    });
    tls.connect({ socket: nowhere, servername: 'localhost' })
      .on('error', () => {});
  });
}

/**
 * One connection from an address of its own. The node took it up after `began`
 * and ended it before `ended`, so no load makes it look shorter than it was.
 */
function slowOne(port, number) {
  const one = { began: performance.now(), ended: undefined, received: 0 };
  const socket = net.connect({
    port, host: '127.0.0.1', noDelay: true,
    localAddress: `127.${1 + (number >> 16)}.${(number >> 8) & 255}.${
      number & 255}`,
  });
  const over = () => { one.ended ??= performance.now(); };
  socket.on('data', (chunk) => { one.received += chunk.length; });
  socket.on('error', over);
  socket.on('close', over);
  one.socket = socket;
  return one;
}

/** All of them; a byte of `bytes` a second each, the first one at once. */
async function crowd(port, bytes) {
  const all = [];
  while (all.length < CROWD) {
    const batch = Array.from({ length: Math.min(200, CROWD - all.length) },
      (_, i) => slowOne(port, all.length + i + 1));
    await until(() => batch.every((one) => !one.socket.connecting),
      'a part of the crowd');
    for (const one of batch) one.socket.write(bytes.subarray(0, 1));
    all.push(...batch);
  }
  let next = 1;
  const dripping = setInterval(() => {
    for (const one of all) {
      if (!one.ended) one.socket.write(bytes.subarray(next, next + 1));
    }
    next += 1;
  }, 1000);
  return { all, stop: () => clearInterval(dripping) };
}

async function survive(server, bytes, honest, t) {
  const [witness] = await server.sessions('room', 1, honest);
  const { all, stop } = await crowd(server.port, bytes);
  let joined = 0;
  let slowest = 0;
  try {
    // Honest clients all the while.
    while (all.some((one) => !one.ended)) {
      const begin = performance.now();
      const client = await server.session('room', honest);
      client.sendText(offer());
      assert.equal(await witness.text(), offer());
      slowest = Math.max(slowest, performance.now() - begin);
      client.drop();
      assert.equal(await witness.text(), '{"type":"peer-disconnected"}');
      joined += 1;
    }
  } finally {
    stop();
    for (const one of all) one.socket.destroy();
  }
  const times = all.map((one) => one.ended - one.began).sort((a, b) => a - b);
  t.diagnostic(`${all.length} ended after ${times[0].toFixed(0)} to `
    + `${times.at(-1).toFixed(0)} ms; meanwhile ${joined} joined, in `
    + `${slowest.toFixed(0)} ms at most`);
  assert.ok(times[0] > TIMEOUT_MS - EARLY_MS, `one ended after ${times[0]} ms`);
  assert.ok(times.at(-1) < TIMEOUT_MS + DEADLINE_MS,
    `one ended after ${times.at(-1)} ms`);
  assert.equal(all.filter((one) => one.received > 0).length, 0);
  assert.ok(joined > 10, `${joined} joined`);
  assert.ok(slowest < DEADLINE_MS, `${slowest} ms to join`);
  await server.untilMetric(TIMEOUTS, all.length);
  const peer = await server.session('room', honest);
  await assertNothingBefore(witness, peer);
}

const slowly = (env, bytes, honest) => (t) => withNode({
  env: {
    HANDSHAKE_TIMEOUT_MS: String(TIMEOUT_MS), HEALTH_PORT: '0', ...env,
  },
}, async (server) => survive(server, await bytes(), honest, t))(t);

const request = () => Buffer.from(upgradeRequest({ target: '/?roomId=slow' }));

test('slow handshakes: thousands of requests, a byte a second', slowly(
  {}, request, {}));

test('slow handshakes: thousands of TLS handshakes, a byte a second', slowly(
  WITH_TLS, clientHello, SECURE));

test('slow handshakes: thousands of PROXY headers, a byte a second', slowly(
  { PROXY_PROTOCOL: 'true', TRUSTED_PROXIES: '127.0.0.0/8' },
  () => Buffer.from('PROXY TCP4 192.0.2.1 127.0.0.1 1 2\r\n'),
  { preface: 'PROXY UNKNOWN\r\n' }));
