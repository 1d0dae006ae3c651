// What looking inside costs while a node holds many sessions:
//   node admin_lists.mjs BINARY [COUNT]
// COUNT sessions, 10,000 unless given, in rooms of two on one shard. For each
// list: how long its answer takes, and the longest that the shard was held up
// meanwhile, by the shard's own measure.

import { RawClient } from '../integration/support/raw_client.js';
import { Server } from '../integration/support/server.js';

const API = '/admin/api/v1';
const LANES = 64;
const ROUNDS = 5;
// The node remembers its longest turn for so long.
const WINDOW_MS = 11_000;

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
  for (const list of LISTS) await measure(server, list);
  for (const x of sockets) x.drop();
  await server.kill();
}
