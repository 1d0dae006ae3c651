// Sentinels and a Redis Cluster that want TLS, a client certificate and a
// login: at those that the URL names, and at those that are found by them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { gather, greet, keyOf, withNodes } from './support/nodes.js';
import { withCluster } from './support/redis_cluster.js';
import { withSentinel } from './support/sentinel.js';
import { WITH_REDIS_TLS, certificates } from './support/tls_nodes.js';
import { until } from './support/until.js';

const CREDENTIALS = 'signalbox:secret-of-redis@';
const options = { user: 'signalbox on >secret-of-redis ~* &* +@all' };

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
});
