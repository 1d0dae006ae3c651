// Several nodes on one Redis, and what tests ask of all of them.

import assert from 'node:assert/strict';

import { SCHEMA_ERROR, marker } from './messages.js';
import { Redis } from './redis.js';
import { RedisProxy } from './redis_proxy.js';
import { Server, explained } from './server.js';
import { DEADLINE_MS, SANITIZED, until } from './until.js';

/** How long a node may take to see that Redis is gone, or there again. */
export const DOWN_WITHIN_MS = SANITIZED ? 5_000 : 1_000;
export const UP_WITHIN_MS = SANITIZED ? 8_000 : 2_000;

/** How long the seats of a dead node may stay taken. */
export const DEAD_WITHIN_MS = SANITIZED ? 25_000 : 10_000;

export const UNAVAILABLE = { code: 1013, reason: 'Service unavailable' };
export const ROOM_FULL = { code: 1000, reason: 'Room is full' };

/**
 * A test body with `count` nodes on a Redis of its own:
 * `withNodes({count, env, redis}, async ({redis, nodes, proxies}, t) => ...)`.
 * `redis`: options of `Redis.start`, or a Redis (or the like: anything with a
 * `url`) that the caller ends. `isProxied`: each node reaches it through a
 * proxy of its own. `credentials`: USER:PASSWORD@ in their REDIS_URL.
 * Afterwards each node that still runs must end cleanly.
 */
export function withNodes({
  count = 2, env = {}, redis: wanted = {}, isProxied = false, credentials = '',
}, body) {
  return async (t) => {
    const isOurs = wanted.url === undefined;
    const redis = isOurs ? await Redis.start(wanted) : wanted;
    const proxies = [];
    const nodes = [];
    try {
      for (let i = 0; isProxied && i < count; ++i) {
        proxies.push(await RedisProxy.start({ port: redis.port }));
      }
      for (let i = 0; i < count; ++i) {
        const url = proxies[i]?.url ?? redis.url;
        nodes.push(
          await startNode(url.replace('://', `://${credentials}`), env));
      }
      await Promise.all(nodes.map((node) => untilReady(node)));
      await body({ redis, nodes, proxies }, t);
      await Promise.all(nodes.map((node) =>
        node.endWasAskedFor ? undefined : node.stop()));
    } catch (error) {
      throw nodes.reduce(explained, error);
    } finally {
      await Promise.all(nodes.map((node) => node.kill()));
      await Promise.all(proxies.map((proxy) => proxy.close()));
      if (isOurs) await redis.destroy();
    }
  };
}

export function startNode(url, env = {}) {
  return Server.start({ env: { REDIS_URL: url, ...env } });
}

export function untilReady(node, deadlineMs = DEADLINE_MS) {
  return until(async () => (await node.http('/readyz')).body === 'ready',
    'readyz to say ready', deadlineMs);
}

export function untilNotReady(node, deadlineMs = DEADLINE_MS) {
  return until(async () => {
    const answer = await node.http('/readyz');
    return answer.status === 503 && answer.body === 'not-ready';
  }, 'readyz to say not-ready', deadlineMs);
}

/** Fails unless it says 503 by itself, not by waiting for Redis. */
export async function assertNotReadyAtOnce(node) {
  const took = [];
  for (let i = 0; i < 21; ++i) {
    const begin = performance.now();
    assert.equal((await node.http('/readyz')).status, 503);
    took.push(performance.now() - begin);
  }
  // The tests beside this one are slow now and then, but not always.
  took.sort((x, y) => x - y);
  assert.ok(took[0] < 50 && took[10] < (SANITIZED ? 1_000 : 250),
    `took ${took.map((ms) => ms.toFixed(0))} ms`);
}

/** Resolves when the session has its seat: what it sends waits until then. */
export async function entered(client) {
  client.sendText('not json');
  assert.equal(await client.text('the seat'), SCHEMA_ERROR);
  return client;
}

/**
 * One member in `room` for each entry of `nodes`, joined in this order. All
 * sit, and every earlier one has heard of every later one.
 */
export async function gather(room, ...nodes) {
  const members = [];
  for (const node of nodes) {
    const member = await entered(await node.session(room));
    await greet(member, members);
    members.push(member);
  }
  return members;
}

/**
 * `member` says hello, and all `others` take it as their next message. Without
 * others nothing is said: it might reach, by Redis, one who joins just then.
 */
export async function greet(member, others) {
  if (others.length === 0) return;
  const hello = marker('hello');
  member.sendText(hello);
  for (const other of others) assert.equal(await other.text(), hello);
}

/** Tries until the node lets somebody into `room`; that session. */
export function untilAdmitted(node, room, deadlineMs = DEADLINE_MS) {
  return until(async () => {
    const client = await node.session(room);
    client.sendText('not json');
    const frame = await client.frame('the seat, or the refusal');
    if (frame.payload.toString() === SCHEMA_ERROR) return client;
    client.drop();
    return false;
  }, `a seat in ${room}`, deadlineMs);
}

/** Fails unless the node refuses a join of `room` like this. */
export async function assertRefused(node, room, how) {
  const client = await node.session(room);
  assert.deepEqual(await client.close(), how);
  await client.finishClosing(how.code);
}

/** The members of `room` in Redis: `room:ID` without what is not asked. */
export const keyOf = (room) => `room:${room}`;

/** The id of the node, as its members' ids carry it. */
export const idOf = (node) => node.logged('listening').node;
