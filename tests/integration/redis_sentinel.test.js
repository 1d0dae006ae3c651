// REDIS_URL names Sentinels: the master is found, and found again, without a
// restart.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { PEER_DISCONNECTED, marker } from './support/messages.js';
import {
  ROOM_FULL, assertRefused, entered, gather, greet, keyOf, startNode,
  untilNotReady, untilReady, withNodes,
} from './support/nodes.js';
import { withSentinel } from './support/sentinel.js';
import { until } from './support/until.js';

const withNodesOf = (group, body) =>
  withNodes({ redis: group, env: { ROOM_CAPACITY: '3' } }, body);

/**
 * Waits until every node hears the room at `server`, and no longer at one that
 * was the master before and may answer still.
 */
function untilFollowed(nodes, server) {
  return until(async () => {
    const [, count] = await server.command('PUBSUB', 'NUMSUB', keyOf('room'));
    return count === nodes.length;
  }, 'every node to subscribe at the new master', 20_000);
}

/** Waits until what `sender` says is heard: a while of loss is allowed. */
async function untilHeard(sender, receiver, name) {
  const end = marker(`${name}-end`);
  await until(async () => {
    sender.sendText(marker(name));
    return receiver.frames.length > 0;
  }, `${name} to be heard`, 20_000);
  sender.sendText(end);
  for (;;) {
    const text = await receiver.text();
    if (text === end) return;
    assert.equal(text, marker(name));
  }
}

/** All a service is for, with members that were there before. */
async function assertServes(nodes, [a, b], server) {
  const [one, two] = nodes;
  await untilFollowed(nodes, server);
  await Promise.all(nodes.map((node) => untilReady(node, 20_000)));
  await server.untilMembers(keyOf('room'), 2, 20_000);
  await untilHeard(a, b, 'one to two');
  await untilHeard(b, a, 'two to one');
  const c = await entered(await two.session('room'));
  await greet(c, [a, b]);
  await assertRefused(one, 'room', ROOM_FULL);
  c.sendClose(1000);
  assert.equal(await a.text(), PEER_DISCONNECTED);
  assert.equal(await b.text(), PEER_DISCONNECTED);
  await server.untilMembers(keyOf('room'), 2);
}

describe('redis sentinel', { concurrency: 3 }, () => {
  test('a failover is followed, though the old master answers still',
    withSentinel((group, t) => withNodesOf(group,
    async ({ nodes }) => {
      const members = await gather('room', ...nodes);
      const now = await group.failOver();
      await assertServes(nodes, members, now);
    })(t)));

  test('a killed master is replaced', withSentinel(
    (group, t) => withNodesOf(group, async ({ nodes }) => {
      const members = await gather('room', ...nodes);
      const before = await group.master();
      await before.kill();
      await Promise.all(nodes.map((node) => untilNotReady(node)));
      const now = await group.otherMaster(before);
      await assertServes(nodes, members, now);
    })(t)));

  test('one that is not there is passed over', withSentinel(
    async (group) => {
      const node = await startNode(await group.urlWithDeadSentinel());
      try {
        await untilReady(node);
        const [a, b] = await gather('room', node, node);
        await greet(a, [b]);
        const master = await group.master();
        await master.untilMembers(keyOf('room'), 2);
        await node.stop();
      } finally {
        await node.kill();
      }
    }));
});
