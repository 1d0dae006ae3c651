// The Lua scripts about rooms, run by a real Redis: each outcome, what is
// published, how long the set is kept, and that CLIENT TRACKING goes on.

import assert from 'node:assert/strict';
import test from 'node:test';

import {
  caughtUp, connected, invalidated, other, published, run,
} from './support/script_runner.js';
import { until } from './support/until.js';

const ROOM = 'room:lobby';
const A = 'sb:aaaaaaaaaaaa:0';
const B = 'sb:bbbbbbbbbbbb:3';
const REFERENCE = 'b1946ac9-2f1c-4d0b-9d3a-6f4c2a6b7c11';
const TTL = '3600';

const tombstone = (member) => `signalbox:{${ROOM}}:left:${member}`;

async function join(member, {
  capacity = 10, ttl = TTL, wanted = 1, publish = 'PUBLISH', dead = [],
  client,
} = {}) {
  const [status, count, ...list] = await run('join', [ROOM],
    [member, capacity, ttl, wanted, publish, ...dead], client);
  return { status, count, members: list.sort() };
}

const leave = (member, isLast = 0) =>
  run('leave', [ROOM], [member, 'PUBLISH', isLast]);
const compensate = (...members) =>
  run('compensate', [ROOM], [30, ...members]);
const sweep = async (...dead) =>
  (await run('sweep', [ROOM], ['PUBLISH', ...dead])).sort();

async function reconcile(holder, mine, capacity = 10) {
  const [all, rejected] = await run('reconcile', [ROOM],
    [holder, capacity, TTL, 'PUBLISH', ...mine]);
  return { members: all.sort(), rejected };
}

const inRoom = async () => (await other.sMembers(ROOM)).sort();

/** Exactly these leaves were published, in this order. */
async function assertLeaves(...leaving) {
  await caughtUp();
  assert.deepEqual(published, leaving.map((member) => [ROOM,
    `{"senderId":"${member}","data":{"type":"peer-disconnected"},` +
    `"originServerId":"${member.split(':')[1]}"}`]));
}

/** That the next change by another comes as an invalidation, and only it. */
async function assertTracked() {
  await caughtUp();
  assert.deepEqual(invalidated, [], 'invalidated by a write of its own');
  await other.sAdd(ROOM, 'somebody');
  await until(() => invalidated.length > 0, 'the invalidation');
  assert.deepEqual(invalidated, [ROOM]);
}

async function assertKeptForTtl() {
  const seconds = await other.ttl(ROOM);
  assert.ok(seconds > 3590 && seconds <= 3600, `kept for ${seconds} s`);
}

async function assertKeptForGood() {
  assert.equal(await other.ttl(ROOM), -1);
}

// -- join ---------------------------------------------------------------------

test('join: a member is seated, and the set is kept for a time', async () => {
  assert.deepEqual(await join(`${A}:1`),
    { status: 1, count: 1, members: [`${A}:1`] });
  await assertKeptForTtl();
  await assertLeaves();
});

test('join: members are listed only if they are wanted', async () => {
  await join(`${A}:1`);
  assert.deepEqual(await join(`${B}:1`, { wanted: 0 }),
    { status: 1, count: 2, members: [] });
  assert.deepEqual(await inRoom(), [`${A}:1`, `${B}:1`]);
});

test('join: one who is in already stays, also in a full room', async () => {
  await join(`${A}:1`, { capacity: 1 });
  await other.expire(ROOM, 5);
  assert.deepEqual(await join(`${A}:1`, { capacity: 1 }),
    { status: 1, count: 1, members: [`${A}:1`] });
  await assertKeptForTtl();
});

test('join: a full room refuses, and lists its members', async () => {
  await join(`${A}:1`, { capacity: 2 });
  await join(`${A}:2`, { capacity: 2 });
  assert.deepEqual(await join(`${B}:1`, { capacity: 2, wanted: 0 }),
    { status: 0, count: 2, members: [`${A}:1`, `${A}:2`] });
  assert.deepEqual(await inRoom(), [`${A}:1`, `${A}:2`]);
});

test('join: the highest capacity is one', async () => {
  assert.equal((await join(`${A}:1`, { capacity: 10 ** 12 })).status, 1);
});

test('join: seats of the dead are free, and their leaves are published',
  async () => {
    await join(`${B}:1`, { capacity: 2 });
    await join(`${B}:2`, { capacity: 2 });
    assert.deepEqual(
      await join(`${A}:1`, { capacity: 2, dead: [`${B}:2`, `${B}:9`] }),
      { status: 1, count: 2, members: [`${A}:1`, `${B}:1`] });
    await assertLeaves(`${B}:2`);
  });

test('join: a member of a reference node is never taken for dead', async () => {
  const likeOurs = ['sb:aaaaaaaaaaaa:0', 'sb:aaaaaaaaaaaa:00:1',
    'sb:aaaaaaaaaaaa:0:01', 'sb:aaaaaaaaaaa1:0:1', 'sb:aaaaaaaaaaa:0:1',
    'sb:aaaaaaaaaaaa:1234567890:1', 'sb:aaaaaaaaaaaa:0:10000000000000000',
    'sb:aaaaaaaaaaaa:0:F', `${A}:1\n`];
  const all = [REFERENCE, ...likeOurs];
  await other.sAdd(ROOM, all);
  const { count } = await join(`${A}:1`, { capacity: 100, dead: all });
  assert.equal(count, all.length + 1);
  await assertLeaves();
});

test('join: a set that holds a reference member is kept for good', async () => {
  for (const id of [REFERENCE, 'sb:aaaaaaaaaaaa:0:01']) {
    await other.del(ROOM);
    await other.sAdd(ROOM, id);
    await other.expire(ROOM, 60);
    await join(`${A}:1`);
    await assertKeptForGood();
    await other.sRem(ROOM, id);
    await join(`${A}:2`);
    await assertKeptForTtl();
  }
});

test('join: of many who race for a few seats as many get one', async () => {
  const clients = await Promise.all(Array.from({ length: 8 }, connected));
  try {
    const results = await Promise.all(Array.from({ length: 200 }, (_, i) =>
      join(`${A}:${i.toString(16)}`, { capacity: 7, client: clients[i % 8] })));
    assert.equal(results.filter(({ status }) => status === 1).length, 7);
    assert.equal(await other.sCard(ROOM), 7);
  } finally {
    for (const client of clients) await client.disconnect();
  }
});

test('join: SPUBLISH publishes on the sharded channel', async () => {
  const heard = [];
  const sharded = await connected();
  try {
    await sharded.sSubscribe(ROOM, (text) => heard.push(JSON.parse(text)));
    await join(`${B}:1`);
    await join(`${A}:1`, { publish: 'SPUBLISH', dead: [`${B}:1`] });
    await until(() => heard.length > 0, 'the leave');
    assert.deepEqual(heard, [{ senderId: `${B}:1`,
      data: { type: 'peer-disconnected' }, originServerId: 'bbbbbbbbbbbb' }]);
    await assertLeaves();
  } finally {
    await sharded.disconnect();
  }
});

// -- leave --------------------------------------------------------------------

test('leave: it is published once', async () => {
  await join(`${A}:1`);
  await join(`${A}:2`);
  assert.deepEqual(await leave(`${A}:1`), [1, 1]);
  assert.deepEqual(await leave(`${A}:1`), [0, 1]);
  assert.deepEqual(await leave(`${A}:2`, 1), [1, 0]);
  assert.deepEqual(await leave(`${A}:2`, 1), [0, 0]);
  assert.equal(await other.exists(ROOM), 0);
  await assertLeaves(`${A}:1`, `${A}:2`);
});

test('leave: the last of a node leaves the set to reference members for good',
  async () => {
    await join(`${A}:1`);
    await join(`${A}:2`);
    await other.sAdd(ROOM, REFERENCE);
    await leave(`${A}:1`);
    await assertKeptForTtl();
    assert.deepEqual(await leave(`${A}:2`, 1), [1, 1]);
    await assertKeptForGood();
  });

test('leave: the last of a node leaves the time to other nodes', async () => {
  await join(`${A}:1`);
  await join(`${B}:1`);
  assert.deepEqual(await leave(`${A}:1`, 1), [1, 1]);
  await assertKeptForTtl();
});

// -- compensate ---------------------------------------------------------------

test('compensate: a join that has run is taken back in silence', async () => {
  await join(`${A}:1`);
  await join(`${A}:2`);
  assert.deepEqual(await compensate(`${A}:1`), [1, 1]);
  assert.deepEqual(await inRoom(), [`${A}:2`]);
  await assertLeaves();
});

test('compensate: many are taken back at once, those in and those to come',
  async () => {
    await join(`${A}:1`);
    await join(`${A}:2`);
    await join(`${A}:3`);
    assert.deepEqual(await compensate(`${A}:1`, `${A}:3`, `${A}:4`), [2, 1]);
    assert.deepEqual(await inRoom(), [`${A}:2`]);
    assert.equal((await join(`${A}:4`)).status, -1);
    assert.equal(await other.ttl(tombstone(`${A}:2`)), -2);
    await assertLeaves();
  });

test('compensate: a join that runs later seats nobody', async () => {
  await join(`${B}:1`);
  assert.deepEqual(await compensate(`${A}:1`), [0, 1]);
  assert.deepEqual(await join(`${A}:1`, { dead: [`${B}:1`] }),
    { status: -1, count: 0, members: [] });
  assert.deepEqual(await inRoom(), []);
  await assertLeaves(`${B}:1`);
  assert.equal((await join(`${A}:2`)).status, 1);
});

test('compensate: its tombstone goes by itself', async () => {
  await compensate(`${A}:1`);
  const seconds = await other.ttl(tombstone(`${A}:1`));
  assert.ok(seconds > 20 && seconds <= 30, `kept for ${seconds} s`);
});

// -- reconcile ----------------------------------------------------------------

test('reconcile: the set becomes what the holder has', async () => {
  await other.sAdd(ROOM,
    [`${A}:1`, `${A}:2`, `${A}0:5`, `${B}:1`, REFERENCE]);
  assert.deepEqual(await reconcile(A, [`${A}:2`, `${A}:3`]), {
    members: [REFERENCE, `${A}0:5`, `${A}:2`, `${A}:3`, `${B}:1`].sort(),
    rejected: [],
  });
  assert.deepEqual(await inRoom(),
    [REFERENCE, `${A}0:5`, `${A}:2`, `${A}:3`, `${B}:1`].sort());
  await assertKeptForGood();
  await assertLeaves(`${A}:1`);
});

test('reconcile: it adds in order as far as there are seats', async () => {
  await other.sAdd(ROOM, [`${B}:1`, `${A}:4`]);
  const mine = [`${A}:1`, `${A}:4`, `${A}:3`, `${A}:2`];
  assert.deepEqual(await reconcile(A, mine, 3), {
    members: [`${A}:1`, `${A}:4`, `${B}:1`],
    rejected: [`${A}:3`, `${A}:2`],
  });
  await assertKeptForTtl();
  await assertLeaves(`${A}:3`, `${A}:2`);
});

test('reconcile: those who have seats keep them above the capacity',
  async () => {
    await other.sAdd(ROOM, [`${A}:1`, `${A}:2`]);
    assert.deepEqual(await reconcile(A, [`${A}:1`, `${A}:2`, `${A}:3`], 1),
      { members: [`${A}:1`, `${A}:2`], rejected: [`${A}:3`] });
  });

test('reconcile: a leave that others published is not published again',
  async () => {
    await other.sAdd(ROOM, [`${A}:1`, `${A}:2`]);
    await sweep(`${A}:1`);
    await join(`${B}:1`, { dead: [`${A}:2`] });
    await join(`${B}:2`);
    await assertLeaves(`${A}:1`, `${A}:2`);
    const mine = [`${A}:1`, `${A}:2`, `${A}:3`];
    assert.deepEqual((await reconcile(A, mine, 2)).rejected, mine);
    await assertLeaves(`${A}:1`, `${A}:2`, `${A}:3`);
    // Its answer was lost, and it is asked for again.
    assert.deepEqual((await reconcile(A, mine, 2)).rejected, mine);
    await assertLeaves(`${A}:1`, `${A}:2`, `${A}:3`);
  });

test('reconcile: the next leave of one that is back is another one',
  async () => {
    await other.sAdd(ROOM, [`${A}:1`]);
    await sweep(`${A}:1`);
    assert.deepEqual((await reconcile(A, [`${A}:1`])).rejected, []);
    await other.del(ROOM);
    assert.deepEqual((await reconcile(A, [`${A}:1`], 0)).rejected, [`${A}:1`]);
    await assertLeaves(`${A}:1`, `${A}:1`);
  });

test('sweep: what it notes of the gone goes by itself', async () => {
  await other.sAdd(ROOM, [`${A}:1`, REFERENCE]);
  await sweep(`${A}:1`, `${A}:2`, REFERENCE);
  const [note, ...others] = await other.keys('signalbox:*');
  assert.deepEqual(others, []);
  assert.equal(note, `signalbox:{${ROOM}}:gone:${A}:1`);
  const seconds = await other.ttl(note);
  assert.ok(seconds > 50 && seconds <= 60, `kept for ${seconds} s`);
});

test('reconcile: a holder without members leaves nothing', async () => {
  await other.sAdd(ROOM, [`${A}:1`]);
  assert.deepEqual(await reconcile(A, []), { members: [], rejected: [] });
  assert.equal(await other.exists(ROOM), 0);
  await assertLeaves(`${A}:1`);
});

// -- sweep --------------------------------------------------------------------

test('sweep: the dead go, each leave is published once', async () => {
  await other.sAdd(ROOM, [`${A}:1`, `${B}:1`, `${B}:2`, REFERENCE]);
  assert.deepEqual(await sweep(`${B}:1`, `${B}:9`, REFERENCE),
    [`${A}:1`, `${B}:2`, REFERENCE].sort());
  assert.deepEqual(await sweep(`${B}:1`, `${B}:2`),
    [`${A}:1`, REFERENCE].sort());
  await assertLeaves(`${B}:1`, `${B}:2`);
});

test('sweep: of nobody it lists the members', async () => {
  await other.sAdd(ROOM, [`${A}:1`]);
  assert.deepEqual(await sweep(), [`${A}:1`]);
});

// -- CLIENT TRACKING ----------------------------------------------------------

const TRACKING_GOES_ON_AFTER = {
  'a join': () => join(`${A}:1`),
  'a join that wants no members': () => join(`${A}:1`, { wanted: 0 }),
  'a join that removes the dead': () =>
    join(`${A}:1`, { dead: [`${B}:1`, `${B}:2`] }),
  'a join beside a reference member': async () => {
    await other.sAdd(ROOM, REFERENCE);
    await join(`${A}:1`);
  },
  'a refused join': () => join(`${A}:1`, { capacity: 1, dead: [`${B}:1`] }),
  'a join that comes too late': async () => {
    await compensate(`${A}:1`);
    await join(`${A}:1`);
  },
  'a leave': () => leave(`${B}:1`),
  'a compensation': () => compensate(`${B}:1`),
  'a reconciliation': () => reconcile(B, [`${B}:1`, `${B}:7`]),
  'a reconciliation that rejects': () =>
    reconcile(A, [`${A}:1`, `${A}:2`], 1),
  'a sweep': () => sweep(`${B}:1`),
};

for (const [what, act] of Object.entries(TRACKING_GOES_ON_AFTER)) {
  test(`tracking: it goes on after ${what}`, async () => {
    await other.sAdd(ROOM, [`${B}:1`, `${B}:2`]);
    await act();
    await assertTracked();
  });
}

test('tracking: it ends with the last of a node', async () => {
  await join(`${A}:1`);
  await other.sAdd(ROOM, `${B}:1`);
  await until(() => invalidated.length > 0, 'the invalidation');
  await sweep();
  await leave(`${A}:1`, 1);
  await other.sAdd(ROOM, `${B}:2`);
  await caughtUp();
  assert.deepEqual(invalidated, [ROOM]);
});
