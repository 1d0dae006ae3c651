// One who does not read must cost the others nothing.

import assert from 'node:assert/strict';
import test from 'node:test';

import {
  PEER_DISCONNECTED, assertNothingBefore, countOf, marker, messageOfSize,
} from './support/messages.js';
import { withNode } from './support/server.js';
import { SANITIZED, until } from './support/until.js';

const CLOSES = 'signaling_backpressure_closes_total';
const OVERLOADED = { code: 1013, reason: 'Server overloaded' };

test('backpressure: one of ten who reads nothing is closed, the others see no'
  + ' delay', withNode({}, async (server, t) => {
  const members = await server.sessions('room', 10);
  const deaf = members.pop();
  const [sender, ...readers] = members;
  const text = messageOfSize(65536);
  sender.sendText(text);
  for (const client of [...readers, deaf]) {
    assert.equal(await client.text(), text);
  }
  deaf.goDeaf();
  const before = server.residentBytes();
  // Skips leaves and counts them: they may come at any point of a round.
  const leaves = new Map(readers.map((reader) => [reader, 0]));
  const next = async (reader) => {
    for (;;) {
      const came = await reader.text();
      if (came !== PEER_DISCONNECTED) return came;
      leaves.set(reader, leaves.get(reader) + 1);
    }
  };
  let slowest = 0;
  let rounds = 0;
  // At most 64 MiB: no kernel buffers that much for one socket.
  while (countOf(sender, PEER_DISCONNECTED) === 0 && rounds < 1024) {
    rounds += 1;
    const begin = performance.now();
    sender.sendText(text, marker(rounds));
    for (const reader of readers) {
      assert.equal(await next(reader), text);
      assert.equal(await next(reader), marker(rounds));
    }
    slowest = Math.max(slowest, performance.now() - begin);
  }
  const grown = server.residentBytes() - before;
  t.diagnostic(`closed after ${rounds} rounds of 64 KiB; slowest round `
    + `${slowest.toFixed(1)} ms; memory grew by ${grown >> 10} KiB`);
  assert.equal(await server.metric(CLOSES), 1);
  assert.ok(slowest < (SANITIZED ? 3_000 : 500), `a round took ${slowest} ms`);
  assert.ok(grown < (SANITIZED ? 256 : 24) * 2 ** 20, `grew by ${grown} bytes`);
  // Exactly one leave for each, and the others go on.
  sender.sendText(marker('end'));
  for (const reader of readers) {
    assert.equal(await next(reader), marker('end'));
    assert.equal(leaves.get(reader), 1);
  }
  assert.equal(await sender.text(), PEER_DISCONNECTED);
  await assertNothingBefore(sender, readers[0]);
  // Once it reads, it finds whole messages, none left out, and then its close.
  deaf.listenAgain();
  const end = await deaf.untilClose();
  assert.deepEqual({ code: end.code, reason: end.reason }, OVERLOADED);
  for (const [i, frame] of end.before.entries()) {
    assert.equal(frame.payload.toString(),
      i % 2 === 0 ? text : marker((i + 1) / 2));
  }
  await deaf.ended();
  assert.equal(await server.metric(CLOSES), 1);
}));

test('backpressure: a low threshold spares one who reads', withNode({
  env: { BACKPRESSURE_THRESHOLD_BYTES: '1' },
}, async (server) => {
  // Unsent is what the kernel refused, not what was just produced.
  const [receiver, sender] = await server.sessions('room', 2);
  for (let i = 0; i < 50; ++i) {
    sender.sendText(messageOfSize(1000));
    assert.equal(await receiver.text(), messageOfSize(1000));
  }
  assert.equal(await server.metric(CLOSES), 0);
}));

test('backpressure: a reader that stops and goes on below the threshold loses'
  + ' nothing', withNode({}, async (server) => {
  const [receiver, sender] = await server.sessions('room', 2);
  receiver.goDeaf();
  const texts = Array.from({ length: 200 }, (_, i) => marker(`held ${i}`));
  sender.sendText(...texts);
  await server.untilMetric('signaling_messages_forwarded_total', 200);
  receiver.listenAgain();
  assert.deepEqual(await receiver.texts(200), texts);
  assert.equal(await server.metric(CLOSES), 0);
}));

test('backpressure: one who was closed and never reads is dropped', withNode({
  env: {
    BACKPRESSURE_THRESHOLD_BYTES: '65536',
    HEARTBEAT_INTERVAL_MS: '500',
    HANDSHAKE_TIMEOUT_MS: '500',
  },
}, async (server) => {
  const before = await server.descriptorsAtRest() + 1;
  const sender = await server.session('room');
  const deaf = await server.session('room');
  deaf.goDeaf();
  await until(() => {
    sender.sendText(messageOfSize(65536));
    return countOf(sender, PEER_DISCONNECTED) === 1;
  }, 'its leave', 60_000);
  await until(() => server.descriptors() <= before, 'its descriptor', 60_000);
  await server.untilMetric('signaling_active_connections', 1);
}));
