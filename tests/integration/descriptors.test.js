// Running out of descriptors is bad weather, not the end.

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { offer } from './support/messages.js';
import { cpuSeconds } from './support/process_facts.js';
import { upgradeRequest } from './support/raw_client.js';
import { withNode } from './support/server.js';
import { SANITIZED, until } from './support/until.js';

const FEW = 64;
const WANTED = 120;

// UBSan looks at an object's type through a pipe, and takes one that it cannot
// open for a bad object: without descriptors it ends the node.
test('descriptors: when they run out, accepting pauses and resumes', {
  skip: SANITIZED && 'the sanitizer itself needs descriptors',
}, withNode({
  descriptors: FEW,
  env: { MAX_CONNECTIONS: '1000', HANDSHAKE_TIMEOUT_MS: '60000' },
}, async (server) => {
  const [a, b] = await server.sessions('room', 2);
  const exchange = async () => {
    a.sendText(offer());
    assert.equal(await b.text(), offer());
    b.sendText(offer());
    assert.equal(await a.text(), offer());
  };
  const answered = new Set();
  const clients = [];
  for (let i = 0; i < WANTED; ++i) {
    const client = await server.raw();
    clients.push(client);
    client.write(upgradeRequest({ target: `/?roomId=crowd-${i}` }));
    client.response({ deadlineMs: 120_000 }).then((answer) => {
      answered.add(client);
      client.answer = answer;
    }, (error) => { client.failure = error; });
  }
  await until(() => answered.size >= 20, 'the first of them to be let in');
  // All that fit are in when the table is full; the rest waits, unanswered.
  await until(() => server.descriptors() >= FEW - 8, 'the table to be full');
  await exchange();
  assert.ok(answered.size < WANTED - 40, `${answered.size} were answered`);
  // Not a wait for something, but the time to measure in.
  const before = cpuSeconds(server.pid);
  const seconds = 1;
  await delay(seconds * 1000);
  const used = cpuSeconds(server.pid) - before;
  assert.ok(used < seconds / 2, `waiting cost ${used} s of CPU time`);
  await exchange();

  // Whoever leaves makes place for one who waits, until all were in.
  const left = new Set();
  await until(() => {
    if (clients.some((client) => client.failure)) return true;
    for (const client of answered) {
      if (left.has(client)) continue;
      left.add(client);
      client.drop();
    }
    return left.size === WANTED;
  }, 'everybody to be let in', 60_000);
  const turnedAway = clients.filter((client) => client.answer?.status !== 101);
  assert.equal(turnedAway.length, 0,
    `${turnedAway.length} were turned away: ${turnedAway[0]?.failure}`);
  await exchange();
  assert.equal((await server.http('/readyz')).status, 200);
  await server.untilMetric('signaling_active_connections', 2);
}));
