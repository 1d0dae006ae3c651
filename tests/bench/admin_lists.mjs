// What looking inside costs while a node holds many sessions:
//   node admin_lists.mjs BINARY [COUNT]
// COUNT sessions, 10,000 unless given, in rooms of two on one shard. For each
// list: how long its answer takes, and the longest that the shard was held up
// meanwhile, by the shard's own measure. Ends with a verdict: exit code 1 if a
// list held it up for more than a millisecond.

import { RawClient } from '../integration/support/raw_client.js';
import { Server } from '../integration/support/server.js';

const API = '/admin/api/v1';
const LANES = 64;
const ROUNDS = 5;
// The node remembers its longest turn for so long.
const WINDOW_MS = 11_000;
const BOUND_MS = 1;
// A turn is longer if the kernel gives its core to others meanwhile: what holds
// the shard up by itself does so each time.
const TRIES = 3;

const LISTS = [
  'overview',
  'sessions?limit=100',
  'sessions?limit=1000',
  'sessions?limit=100&sort=bytes',
  'sessions?limit=100&filter=room-99',
  'rooms?limit=100&sort=messages',
  'actors?limit=20',
  // No such session: all are looked at.
  'sessions/999999999',
];

async function fill(server, count) {
  const sockets = [];
  let next = 0;
  await Promise.all(Array.from({ length: LANES }, async (_, lane) => {
    while (next < count) {
      const room = `room-${next++ >> 1}`;
      const client = await RawClient.connect({
        port: server.port, localAddress: `127.0.0.${lane + 2}`,
      });
      const answer = await client.upgrade({ target: `/?roomId=${room}` });
      if (answer.status !== 101) throw new Error(`answered ${answer.status}`);
      sockets.push(client);
    }
  }));
  return sockets;
}

const longestTurn = async (server) => JSON.parse(
  (await server.http(`${API}/overview`)).body).shards[0].longestTurnSeconds;

/** How long the list held the shard up, in ms: the least of some tries. */
async function judge(server, list) {
  let least = Infinity;
  for (let i = 0; i < TRIES && least > BOUND_MS; ++i) {
    least = Math.min(least, await measure(server, list));
  }
  return least;
}

async function measure(server, list) {
  await new Promise((resolve) => { setTimeout(resolve, WINDOW_MS); });
  const quiet = await longestTurn(server);
  const took = [];
  for (let i = 0; i < ROUNDS; ++i) {
    const begin = performance.now();
    await server.http(`${API}/${list}`);
    took.push(performance.now() - begin);
  }
  took.sort((x, y) => x - y);
  const held = await longestTurn(server);
  console.log(`${list}: answered in ${took[ROUNDS >> 1].toFixed(1)} ms, `
    + `longest turn ${(held * 1e3).toFixed(2)} ms `
    + `(before: ${(quiet * 1e3).toFixed(2)} ms)`);
  return held * 1e3;
}

const [file, count = '10000'] = process.argv.slice(2);
if (file === undefined || !(Number(count) >= 2)) {
  console.error('expected a binary, then a number from 2 on if any');
  process.exitCode = 2;
} else {
  process.env.SIGNALBOX_BINARY = file;
  // All sessions come at once, and so would their pings.
  const server = await Server.start({
    env: { SHARDS: '1', HEARTBEAT_INTERVAL_MS: '3600000' },
  });
  const sockets = await fill(server, Number(count));
  const over = [];
  for (const list of LISTS) {
    if (await judge(server, list) > BOUND_MS) over.push(list);
  }
  console.log(over.length === 0
    ? `verdict: met, no list held the shard up for more than ${BOUND_MS} ms`
    : `verdict: missed, over ${BOUND_MS} ms each time: ${over.join(', ')}`);
  if (over.length > 0) process.exitCode = 1;
  for (const x of sockets) x.drop();
  await server.kill();
}
