// The Lua scripts that are not about a room's members, and what all of them do
// while Redis cannot write; run by a real Redis.

import assert from 'node:assert/strict';
import test from 'node:test';

import { caughtUp, other, published, run } from './support/script_runner.js';
import { until } from './support/until.js';

const ROOM = 'room:lobby';
const A = 'sb:aaaaaaaaaaaa:0';
const B = 'sb:bbbbbbbbbbbb:3';

// -- lease --------------------------------------------------------------------

const NODES = 'signalbox:nodes';
const lease = (holder, asked = [], leaseMs = 60_000, retentionMs = 60_000) =>
  run('lease', [NODES], [holder, leaseMs, retentionMs, ...asked]);

test('lease: it is held from the first renewal on', async () => {
  assert.deepEqual(await lease(A), [0, []]);
  assert.deepEqual(await lease(A), [1, []]);
  const [seconds, us] = await other.sendCommand(['TIME']);
  const now = Number(seconds) * 1000 + Number(us) / 1000;
  const left = await other.zScore(NODES, A) - now;
  assert.ok(left > 50_000 && left <= 60_000, `runs out in ${left} ms`);
});

test('lease: who has none, or one that ran out, is dead', async () => {
  await lease(A);
  await lease(B, [], 1);
  await until(async () => (await lease(A, [B]))[1].length > 0, 'the end');
  assert.deepEqual(await lease(A, [B, 'sb:cccccccccccc:0', A]),
    [1, [B, 'sb:cccccccccccc:0']]);
  assert.deepEqual(await lease(B), [0, []]);
  assert.deepEqual(await lease(A, [B]), [1, []]);
});

test('lease: one that was lost is not held', async () => {
  await lease(A);
  await other.del(NODES);
  assert.deepEqual(await lease(A, [B]), [0, [B]]);
});

test('nodes: every lease is told, and for how long it lasts', async () => {
  await lease(A);
  await lease(B, [], 1);
  const nodes = () => run('nodes', [NODES], []);
  await until(async () => (await nodes())[1] < 0, 'the end');
  const [first, since, second, left] = await nodes();
  assert.deepEqual([first, second], [B, A]);
  assert.ok(since < 0 && since > -10_000, `ran out ${since} ms ago`);
  assert.ok(left > 50_000 && left <= 60_000, `runs out in ${left} ms`);
});

test('nodes: without leases there are none', async () => {
  await other.del(NODES);
  assert.deepEqual(await run('nodes', [NODES], []), []);
});

test('lease: what ran out long ago is forgotten, and not before', async () => {
  await lease(B, [], 1);
  await until(async () => (await lease(A, [B]))[1].length > 0, 'the end');
  assert.deepEqual(await other.zRange(NODES, 0, -1), [B, A]);
  await until(async () => {
    await lease(A, [], 60_000, 1);
    return await other.zScore(NODES, B) === null;
  }, 'the entry to go');
  assert.deepEqual(await other.zRange(NODES, 0, -1), [A]);
});

// -- probe --------------------------------------------------------------------

test('probe: it writes and publishes', async () => {
  // A name of the channels that are heard here.
  const key = 'room:probe';
  assert.equal(await run('probe', [key], ['payload', 5000, 'PUBLISH']), 'OK');
  assert.equal(await other.get(key), 'payload');
  const ms = await other.pTTL(key);
  assert.ok(ms > 0 && ms <= 5000, `kept for ${ms} ms`);
  await caughtUp();
  assert.deepEqual(published, [[key, 'payload']]);
});

// -- count_connection ---------------------------------------------------------

const CONNECTIONS = 'signalbox:conn:203.0.113.7';
const count = async (limit) => {
  const answer = await run('count_connection', [CONNECTIONS], [limit]);
  assert.equal(typeof answer, 'string');
  return Number(answer);
};

/** `left` is `whole` and what came back since the first one. */
function assertAbout(left, whole, limit, since) {
  const most = whole + (performance.now() - since + 1) * limit / 10_000;
  assert.ok(left >= whole && left <= most, `${left}, not ${whole} to ${most}`);
}

test('count_connection: each takes a token, at most one limit of debt',
  async () => {
    const start = performance.now();
    for (const whole of [2, 1, 0, -1, -2, -3, -3, -3]) {
      assertAbout(await count(3), whole, 3, start);
    }
  });

test('count_connection: tokens come back evenly, and never too many',
  async () => {
    const limit = 1000;
    const start = performance.now();
    for (let i = 0; i < 20; ++i) {
      assertAbout(await count(limit), limit - 1 - i, limit, start);
    }
    await until(async () => await other.exists(CONNECTIONS) === 0,
      'the full bucket to be forgotten');
    const again = performance.now();
    assertAbout(await count(limit), limit - 1, limit, again);
  });

test('count_connection: limits from 1 to the highest are exact', async () => {
  for (const limit of [1, 10 ** 12]) {
    await other.del(CONNECTIONS);
    const start = performance.now();
    assertAbout(await count(limit), limit - 1, limit, start);
    const ms = await other.pTTL(CONNECTIONS);
    const isKept = limit > 1 || ms > 0;
    assert.ok(isKept && ms <= 10_000 / limit + 1, `kept for ${ms} ms`);
  }
});

test('count_connection: a clock that was set back takes and gives nothing',
  async () => {
    const [seconds] = await other.sendCommand(['TIME']);
    await other.set(CONNECTIONS, `5 ${(Number(seconds) + 3600) * 1e6}`);
    const start = performance.now();
    assertAbout(await count(10), 4, 10, start);
    assertAbout(await count(10), 3, 10, start);
  });

// -- no writing ---------------------------------------------------------------

const WRITING = {
  join: () => run('join', [ROOM],
    [`${A}:1`, 10, 3600, 1, 'PUBLISH']),
  reconcile: () => run('reconcile', [ROOM],
    [A, 10, 3600, 'PUBLISH', `${A}:1`]),
  compensate: () => run('compensate', [ROOM], [30, `${A}:1`]),
  lease: () => lease(A),
  probe: () => run('probe', ['room:probe'], ['payload', 5000, 'PUBLISH']),
  count_connection: () => count(10),
};

for (const [name, act] of Object.entries(WRITING)) {
  test(`${name}: it fails while memory is out, and changes nothing`,
    async () => {
      await other.configSet('maxmemory', '1');
      try {
        await assert.rejects(act, /OOM/);
      } finally {
        await other.configSet('maxmemory', '0');
      }
      await caughtUp();
      assert.deepEqual(published, []);
      assert.deepEqual(await other.keys('*'), []);
    });

  test(`${name}: it fails on a replica, and changes nothing`, async () => {
    await other.sendCommand(['REPLICAOF', '127.0.0.1', '1']);
    try {
      await assert.rejects(act, /READONLY/);
    } finally {
      await other.sendCommand(['REPLICAOF', 'NO', 'ONE']);
    }
    await caughtUp();
    assert.deepEqual(published, []);
    assert.deepEqual(await other.keys('*'), []);
  });
}

test('leave: it works while memory is out', async () => {
  await other.sAdd(ROOM, `${A}:1`);
  await other.configSet('maxmemory', '1');
  try {
    assert.deepEqual(await run('leave', [ROOM],
      [`${A}:1`, 'PUBLISH', 0]), [1, 0]);
  } finally {
    await other.configSet('maxmemory', '0');
  }
  await caughtUp();
  assert.equal(published.length, 1);
});
