// Sentinels and a Redis Cluster that want TLS, a client certificate and a
// login: at those that the URL names, and at those that are found by them. And
// users who may do little.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { PEER_DISCONNECTED, marker } from './support/messages.js';
import { gather, greet, keyOf, withNodes } from './support/nodes.js';
import { withCluster } from './support/redis_cluster.js';
import { withSentinel } from './support/sentinel.js';
import { WITH_REDIS_TLS, certificates } from './support/tls_nodes.js';
import { until } from './support/until.js';

const CREDENTIALS = 'signalbox:secret-of-redis@';
const options = { user: 'signalbox on >secret-of-redis ~* &* +@all' };

const BACKPLANE_README = new URL('../../backplane/README.md', import.meta.url);

/** What backplane/README.md says that a user must be allowed. */
function documentedUser() {
  const [, rules] = /ACL SETUSER signalbox ([^]*?)```/.exec(
    readFileSync(BACKPLANE_README, 'utf8'));
  return `signalbox ${rules.trim().replace(/\s+/g, ' ')
    .replace('>PASSWORD', '>secret-of-redis')}`;
}

/** Waits until it has connections of this user, and none without a name. */
const untilLoggedIn = (server) => until(async () => {
  const clients = (await server.command('CLIENT', 'LIST')).trim().split('\n')
    .filter((line) => / name=signalbox-/.test(line));
  return clients.length > 0
    && clients.every((line) => / user=signalbox /.test(line));
}, 'connections with a login', 20_000);

describe('redis secured', { concurrency: 2 }, () => {
  const withNodesOf = (group, body) => withNodes({
    redis: group,
    credentials: CREDENTIALS,
    env: WITH_REDIS_TLS,
  }, body);

  test('the master that Sentinels name, and the one after it',
    (t) => withSentinel((group) => withNodesOf(group, async ({ nodes }) => {
      const [a, b] = await gather('room', ...nodes);
      await greet(a, [b]);
      await untilLoggedIn(await group.master());
      const now = await group.failOver();
      await untilLoggedIn(now);
      await now.untilMembers(keyOf('room'), 2, 20_000);
    })(t), { certificates, options })(t));

  test('every master of a cluster', (t) => withCluster(
    { certificates, options },
    (cluster) => withNodesOf(cluster, async ({ nodes }) => {
      for (const master of cluster.masters) {
        const [room] = await cluster.roomsAt(master, 1);
        const [a, b] = await gather(room, ...nodes);
        await greet(a, [b]);
        await greet(b, [a]);
        await untilLoggedIn(master);
        assert.equal((await master.members(keyOf(room))).length, 2);
      }
    })(t))(t));

  test('a Sentinel with a password of its own', (t) => withSentinel(
    (group) => withNodes({
      redis: group, credentials: 'default:secret-of-sentinel@',
    }, async ({ nodes }) => {
      const [a, b] = await gather('room', ...nodes);
      await greet(a, [b]);
      const now = await group.failOver();
      await now.untilMembers(keyOf('room'), 2, 20_000);
    })(t), { password: 'secret-of-sentinel' })(t));

  const withUser = (user, body) => withNodes({
    redis: { options: { user } },
    credentials: CREDENTIALS,
    env: { SHARDS: '1' },
  }, body);

  /** All that a service is for, with this user. */
  async function assertServes({ redis, nodes }) {
    const [a, b, c] = await gather('room', ...nodes, nodes[0]);
    await greet(b, [a, c]);
    c.sendClose(1000);
    assert.equal(await a.text(), PEER_DISCONNECTED);
    assert.equal(await b.text(), PEER_DISCONNECTED);
    await redis.untilMembers(keyOf('room'), 2);
    await untilLoggedIn(redis);
  }

  const trackingRefused = (node) => node.log.some((line) =>
    line.message === 'no CLIENT TRACKING: every message is published');

  const denied = async (redis) =>
    (await redis.command('ACL', 'LOG')).map((entry) => entry.join(' '));

  test('a user that may do what the README says',
    (t) => withUser(documentedUser(), async ({ redis, nodes }) => {
      await assertServes({ redis, nodes });
      assert.ok(!nodes.some(trackingRefused));
      assert.deepEqual(await denied(redis), []);
    })(t));

  test('a user that may not hear of changed keys',
    (t) => withUser(documentedUser().replace(' &__redis__:invalidate', ''),
      async ({ redis, nodes }) => {
        await assertServes({ redis, nodes });
        assert.ok(nodes.every(trackingRefused));
        const spoken = await redis.overhear('room:*');
        const [alone] = await gather('alone', nodes[0]);
        alone.sendText(marker('to nobody'));
        await until(() => spoken.some(({ message }) =>
          message.includes('to nobody')), 'the message of one who is alone');
      })(t));
});
