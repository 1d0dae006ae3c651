// What an outage of Redis costs, and what idle nodes cost Redis:
//   node redis_outage.mjs BINARY [SECONDS]
// A redis-server of its own goes away for SECONDS, 10 unless given, under 2,000
// messages/s in rooms of one node (one shard): frozen, then killed and started
// again empty. Then, with one, two and three nodes that have nothing to do, the
// bytes that Redis writes.

import { setTimeout as delay } from 'node:timers/promises';

import { marker } from '../integration/support/messages.js';
import {
  gather, startNode, untilNotReady, untilReady,
} from '../integration/support/nodes.js';
import { Redis } from '../integration/support/redis.js';

const ROOMS = 20;
const MESSAGES_PER_SECOND = 2_000;
const SETTLE_MS = 3_000;
const QUIET_MS = 10_000;
const DROPS = 'signalbox_redis_publish_drops_total';

const NO_LIMIT = '1000000000';
const env = {
  SHARDS: '1',
  RATE_LIMIT_CONN_PER_10S: NO_LIMIT,
  RATE_LIMIT_MESSAGES_PER_10S: NO_LIMIT,
  RATE_LIMIT_IP_MSGS_PER_10S: NO_LIMIT,
  RATE_LIMIT_ROOM_MSGS_PER_10S: NO_LIMIT,
};

const OUTAGES = {
  'frozen': {
    begin: (redis) => redis.freeze(),
    end: (redis) => redis.thaw(),
  },
  'killed, and started empty': {
    begin: (redis) => redis.kill(),
    end: (redis) => redis.restart(),
  },
};

const since = (begin) => Math.round(performance.now() - begin);

/** The first of each pair speaks, at the rate of all together, until `end`. */
function talk(pairs) {
  const begin = performance.now();
  let sent = 0;
  const text = marker('said');
  const timer = setInterval(() => {
    const due = (performance.now() - begin) * MESSAGES_PER_SECOND / 1_000;
    for (; sent < due; ++sent) pairs[sent % pairs.length][0].sendText(text);
  }, 2);
  return { end: () => clearInterval(timer), sent: () => sent };
}

async function outage(name, { begin, end }, seconds) {
  const redis = await Redis.start();
  const node = await startNode(redis.url, env);
  try {
    await untilReady(node);
    const pairs = [];
    for (let i = 0; i < ROOMS; ++i) {
      pairs.push(await gather(`room-${i}`, node, node));
    }
    const talking = talk(pairs);
    await delay(SETTLE_MS);
    const left = performance.now();
    begin(redis);
    await untilNotReady(node);
    const notReady = since(left);
    await delay(seconds * 1_000 - since(left));
    // From when it answers: restarting takes a while of its own.
    await end(redis);
    const returned = performance.now();
    await untilReady(node);
    const ready = since(returned);
    await delay(SETTLE_MS);
    talking.end();
    await delay(1_000);
    const heard = pairs.reduce((sum, [, x]) => sum + x.frames.length, 0);
    console.log(`| ${name}, ${seconds} s | ${talking.sent()} | `
      + `${talking.sent() - heard} | ${await node.metric(DROPS)} | `
      + `${notReady} ms | ${ready} ms |`);
    for (const x of pairs.flat()) x.drop();
  } finally {
    await node.kill();
    await redis.destroy();
  }
}

async function written(redis) {
  const stats = await redis.command('INFO', 'stats');
  return Number(/total_net_output_bytes:(\d+)/.exec(stats)[1]);
}

async function idle(count) {
  const redis = await Redis.start();
  const nodes = [];
  try {
    for (let i = 0; i < count; ++i) nodes.push(await startNode(redis.url, env));
    await Promise.all(nodes.map((node) => untilReady(node)));
    await delay(SETTLE_MS);
    const before = await written(redis);
    const begin = performance.now();
    await delay(QUIET_MS);
    const bytes = await written(redis) - before;
    const each = bytes * 1_000 / (performance.now() - begin) / count;
    console.log(`| ${count} | ${each.toFixed(0)} |`);
  } finally {
    await Promise.all(nodes.map((node) => node.kill()));
    await redis.destroy();
  }
}

const [file, seconds = '10'] = process.argv.slice(2);
if (file === undefined || !(Number(seconds) >= 2)) {
  console.error('expected a binary, then seconds from 2 on if any');
  process.exitCode = 2;
} else {
  process.env.SIGNALBOX_BINARY = file;
  console.log('| Redis was | sent | lost | counted as drops | '
    + 'not ready after | ready after its return |\n|---|---|---|---|---|---|');
  for (const [name, how] of Object.entries(OUTAGES)) {
    await outage(name, how, Number(seconds));
  }
  console.log('\n| idle nodes | bytes a second from Redis, each |\n|---|---|');
  for (const count of [1, 2, 3]) await idle(count);
}
