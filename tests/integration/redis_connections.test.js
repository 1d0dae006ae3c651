// How a node reaches Redis: TLS, Unix socket, login, database; and that it
// comes back when a connection is taken from it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { PEER_DISCONNECTED } from './support/messages.js';
import {
  UNAVAILABLE, UP_WITHIN_MS, assertRefused, entered, gather, greet, keyOf,
  startNode, untilNotReady, untilReady, withNodes,
} from './support/nodes.js';
import { withRedis } from './support/redis.js';
import { withNode } from './support/server.js';
import { WITH_REDIS_TLS, certificates } from './support/tls_nodes.js';
import { throughout, until } from './support/until.js';

/** Every character that a URL would take for its own. */
const PASSWORD = 'p@ss:w/rd?#%25 ü';
const WITH_USER = { options: {
  user: [`signalbox on #${await digestOf(PASSWORD)} ~* &* +@all`],
} };

async function digestOf(text) {
  const bytes = await crypto.subtle.digest('SHA-256', Buffer.from(text));
  return Buffer.from(bytes).toString('hex');
}

/** Fails unless a room on two nodes works, with its members in `redis`. */
async function assertServes(redis, [one, two]) {
  const [a, b] = await gather('room', one, two);
  await greet(a, [b]);
  await greet(b, [a]);
  await redis.untilMembers(keyOf('room'), 2);
}

/** Two nodes with this URL, and the room. */
const serves = (redis, url, env) => withNodes(
  { redis: { url }, env },
  ({ nodes }) => assertServes(redis, nodes));

/** Fails unless the node listens, and is kept from Redis for a while. */
async function assertKeptOut(node, forMs = 2_000) {
  await untilNotReady(node);
  await throughout(forMs, async () => {
    assert.equal((await node.http('/readyz')).status, 503);
    assert.equal((await node.http('/healthz')).status, 200);
  });
  await assertRefused(node, 'room', UNAVAILABLE);
}

/** Fails if the node said the password, to anybody. */
function assertKeepsSecret(node, ...secrets) {
  const said = JSON.stringify(node.log) + node.stderr;
  for (const secret of secrets) {
    assert.ok(!said.includes(secret), `it said ${secret}`);
  }
}

describe('redis connections', { concurrency: 4 }, () => {
  const withTls = (body) => (t) => withRedis({ certificates }, body)(t);

  test('TLS with an authority and a client certificate',
    withTls((redis, t) => serves(redis, redis.url, WITH_REDIS_TLS)(t)));

  test('TLS by name is checked against that name', withTls(
    (redis, t) => serves(redis, `rediss://localhost:${redis.port}`,
      WITH_REDIS_TLS)(t)));

  for (const [what, change] of Object.entries({
    'another authority': () => ({ REDIS_CA_FILE: certificates.otherCa }),
    'the system\'s authorities alone': () => ({ REDIS_CA_FILE: undefined }),
    'no client certificate': () =>
      ({ REDIS_CERT_FILE: undefined, REDIS_KEY_FILE: undefined }),
  })) {
    test(`TLS with ${what} is no connection`, withTls(
      (redis, t) => withNode({
        env: { REDIS_URL: redis.url, ...WITH_REDIS_TLS, ...change() },
      }, (node) => assertKeptOut(node))(t)));
  }

  test('TLS to a server that speaks none is no connection',
    withRedis({}, (redis, t) => withNode({
      env: {
        ...WITH_REDIS_TLS,
        REDIS_URL: redis.url.replace('redis:', 'rediss:'),
      },
    }, (node) => assertKeptOut(node))(t)));

  test('no TLS to a server that speaks it is no connection',
    withTls((redis, t) => withNode({
      env: { REDIS_URL: redis.url.replace('rediss:', 'redis:') },
    }, (node) => assertKeptOut(node))(t)));

  test('a Unix socket', withRedis({ isUnix: true },
    (redis, t) => serves(redis, redis.url)(t)));

  test('a user and a password of any characters',
    withRedis(WITH_USER, (redis, t) => withNodes({
      redis: { url: redis.url.replace('://',
        `://signalbox:${encodeURIComponent(PASSWORD)}@`) },
    }, async ({ nodes }) => {
      await assertServes(redis, nodes);
      const clients = await redis.command('CLIENT', 'LIST');
      assert.ok(/user=signalbox/.test(clients));
      for (const node of nodes) {
        assertKeepsSecret(node, PASSWORD, encodeURIComponent(PASSWORD));
      }
    })(t)));

  test('a password of the default user', withRedis({}, async (redis) => {
    // The connection that this is said on needs none.
    await redis.config('requirepass', 'secret-of-redis');
    const node = await startNode(
      redis.url.replace('://', '://:secret-of-redis@'));
    try {
      await untilReady(node);
      await gather('room', node, node);
      await redis.untilMembers(keyOf('room'), 2);
      assertKeepsSecret(node, 'secret-of-redis');
      await node.stop();
    } finally {
      await node.kill();
    }
  }));

  test('a wrong password is no connection, and is not told',
    withRedis(WITH_USER, (redis, t) => withNode({
      env: {
        REDIS_URL: redis.url.replace('://', '://signalbox:mistaken-one@'),
      },
    }, async (node) => {
      await assertKeptOut(node);
      assertKeepsSecret(node, 'mistaken-one');
    })(t)));

  test('the database of the URL is used', withRedis({},
    async (redis, t) => withNodes({ redis: { url: `${redis.url}/3` } },
      async ({ nodes }) => {
        await gather('room', ...nodes);
        const third = await redis.client({ database: 3 });
        assert.equal(await third.sCard(keyOf('room')), 2);
        assert.equal(await redis.command('DBSIZE'), 0);
      })(t)));

  test('scripts that Redis has forgotten are sent again', withNodes({},
    async ({ redis, nodes: [one, two] }) => {
      const [a] = await gather('room', one);
      await redis.command('SCRIPT', 'FLUSH');
      const b = await entered(await two.session('room'));
      await greet(b, [a]);
      await redis.command('SCRIPT', 'FLUSH');
      b.sendClose(1000);
      assert.equal(await a.text(), PEER_DISCONNECTED);
      await redis.untilMembers(keyOf('room'), 1);
      await Promise.all([one, two].map((node) => untilReady(node)));
    }));

  for (const type of ['normal', 'pubsub']) {
    test(`a killed connection (${type}) comes back`,
      withNodes({}, async ({ redis, nodes }) => {
        const [one, two] = nodes;
        const [a, b] = await gather('room', one, two);
        const killed = await redis.command('CLIENT', 'KILL', 'TYPE', type,
          'SKIPME', 'yes');
        assert.ok(killed >= 2, `${killed} were killed`);
        const begin = performance.now();
        await until(async () => {
          const lost = [];
          for (const node of nodes) {
            lost.push(await node.metric('signalbox_redis_disconnects_total'));
          }
          return lost.every((count) => count > 0);
        }, 'both nodes to see it');
        await Promise.all(nodes.map((node) => untilReady(node)));
        const took = performance.now() - begin;
        assert.ok(took < UP_WITHIN_MS, `ready after ${took} ms`);
        await greet(a, [b]);
        await greet(b, [a]);
        const [c] = await gather('another', one, two);
        assert.deepEqual(c.frames, []);
        await redis.untilMembers(keyOf('room'), 2);
      }));
  }
});
