// What nodes that share a Redis say of each other in the admin API.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Admin } from './support/admin.js';
import { withNodes } from './support/nodes.js';
import { until } from './support/until.js';

const clusterOf = async (server) =>
  (await new Admin(server).get('/overview')).cluster;

describe('redis admin', { concurrency: 2 }, () => {
  test('each node names itself first, and the others', withNodes({},
    async ({ nodes }) => {
      for (const node of nodes) {
        const cluster = await until(async () => {
          const found = await clusterOf(node);
          return found.length === 2 && found;
        }, 'both nodes to be named');
        const { node: id } = await new Admin(node).get('/overview');
        assert.equal(cluster[0].node, id);
        assert.deepEqual(cluster.map((x) => x.isSelf), [true, false]);
        for (const x of cluster) {
          assert.equal(x.isAlive, true);
          assert.ok(x.shards > 0);
          assert.ok(x.leaseSeconds > 0, String(x.leaseSeconds));
        }
      }
    }));

  test('a stream shows a node that is gone', withNodes({},
    async ({ nodes: [one, two] }) => {
      const stream = await new Admin(one).stream('?intervalMs=250');
      await stream.until((x) => x.cluster.length === 2
        && x.cluster[1].isAlive, 'the other node');
      await two.kill();
      const deadline = performance.now() + 30_000;
      let last;
      do {
        last = (await stream.next()).cluster[1];
        assert.ok(performance.now() < deadline, JSON.stringify(last));
      } while (last?.isAlive);
      stream.close();
    }));

  test('without Redis a node still tells of itself', withNodes({ count: 1 },
    async ({ redis, nodes: [node] }) => {
      await redis.stop();
      const overview = await until(async () => {
        const found = await new Admin(node).get('/overview');
        return found.backplane.state === 'down' && found;
      }, 'the node to see that Redis is gone');
      assert.equal(overview.isReady, false);
      assert.equal(overview.cluster[0].node, overview.node);
    }));
});
