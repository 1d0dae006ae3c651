// Verified joins per CPU second of the node, and what judging takes of them:
//   node verified_joins.mjs BINARY [COUNT]
// COUNT joins of each kind, 10,000 unless given: without tokens, and with those
// of each algorithm. A join is a connection, its upgrade with the token in the
// query, its seat in a room of its own, and its leave by a close frame. In
// turns, so that whatever else the machine does falls on all kinds alike.

import {
  PING, closeFrame, encodeFrame,
} from '../integration/support/frames.js';
import { KeyServer } from '../integration/support/key_server.js';
import { cpuSeconds } from '../integration/support/process_facts.js';
import { RawClient } from '../integration/support/raw_client.js';
import { Server } from '../integration/support/server.js';
import {
  makeKey, makeSecret, tokenFor,
} from '../integration/support/tokens.js';

const ROUNDS = 100;
const WARM_UP = 500;
const LANES = 8;

const SECRET = 'a-secret-of-32-bytes-or-even-more';
const ALGORITHMS = ['HS256', 'RS256', 'ES256'];

/** A node, and for each lane how to join it there. Without `alg`: no tokens. */
async function start(alg) {
  const isSecret = alg?.startsWith('HS');
  const key = alg && (isSecret ? makeSecret(SECRET, alg) : makeKey(alg));
  const issuer = key && !isSecret
    ? await KeyServer.start({ keys: [key] }) : undefined;
  const server = await Server.start({
    env: {
      SHARDS: '1',
      ENABLE_AUTH: String(key !== undefined),
      JWT_ALG: alg,
      JWT_SECRET: isSecret ? SECRET : undefined,
      JWT_JWKS_URL: issuer?.url,
      JWKS_CACHE_TTL: '3600000',
    },
  });
  const targets = Array.from({ length: LANES }, (_, i) => {
    const room = `lane-${i}`;
    return `/?roomId=${room}` + (key ? `&token=${tokenFor(key, room)}` : '');
  });
  return {
    name: alg ?? 'no token', server, issuer, targets, joined: 0, seconds: 0,
  };
}

/** A pong is a seat: who waits is not read from, who is refused is closed. */
async function join(server, target, lane) {
  const client = await RawClient.connect({
    port: server.port, localAddress: `127.0.0.${lane + 2}`,
  });
  const ping = encodeFrame({ opcode: PING, payload: 'seat?' });
  const answer = await client.upgrade({ target, then: ping });
  if (answer.status !== 101) throw new Error(`answered ${answer.status}`);
  await client.pong();
  client.write(closeFrame(1000));
  await client.ended();
}

/** `count` joins, as many at a time as there are lanes. */
async function joinAll({ server, targets }, count) {
  let left = count;
  await Promise.all(targets.map(async (target, lane) => {
    while (left-- > 0) await join(server, target, lane);
  }));
}

async function measure(one, count) {
  const before = cpuSeconds(one.server.pid);
  await joinAll(one, count);
  one.seconds += cpuSeconds(one.server.pid) - before;
  one.joined += count;
}

function report(all) {
  const cost = ({ seconds, joined }) => seconds / joined * 1e6;
  const plain = cost(all[0]);
  for (const one of all) {
    const judging = cost(one) - plain;
    const rate = Math.round(one.joined / one.seconds);
    console.log(`${one.name}: ${rate} joins a CPU second, `
      + `${cost(one).toFixed(0)} us each`
      + (one === all[0] ? '' : `; judging takes ${judging.toFixed(0)} us, `
        + `${(100 * judging / cost(one)).toFixed(0)} %`));
  }
}

const [file, count = '10000'] = process.argv.slice(2);
if (file === undefined || !(Number(count) >= ROUNDS)) {
  console.error(`expected a binary, then a number from ${ROUNDS} on if any`);
  process.exitCode = 2;
} else {
  process.env.SIGNALBOX_BINARY = file;
  const all = [];
  for (const alg of [undefined, ...ALGORITHMS]) all.push(await start(alg));
  for (const one of all) await joinAll(one, WARM_UP);
  for (let i = 0; i < ROUNDS; ++i) {
    for (const one of all) await measure(one, Math.round(count / ROUNDS));
  }
  report(all);
  for (const { server, issuer } of all) {
    await server.kill();
    await issuer?.close();
  }
}
