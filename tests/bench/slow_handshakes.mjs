// How long honest clients take to join while an attacker, a process of its own,
// holds slow handshakes open, and when it is quiet:
//   node slow_handshakes.mjs BINARY [COUNT]
// COUNT is 10,000 unless given. Joined is who is heard in the room: the time is
// from the first packet until another member has the client's first message.
// Quiet and attacked in turns, three of each, and percentiles over all three:
// attacker, node and honest clients share what cores there are.

import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { makeCertificates } from '../integration/support/certificates.js';
import { textFrame } from '../integration/support/frames.js';
import { offer } from '../integration/support/messages.js';
import {
  makeDirectory, removeDirectory,
} from '../integration/support/processes.js';
import { cpuSeconds } from '../integration/support/process_facts.js';
import { upgradeRequest } from '../integration/support/raw_client.js';
import { Server } from '../integration/support/server.js';

const ROUNDS = 3;
const JOINS = 700;
const PAUSE_MS = 5;

// The beginning of a TLS handshake, too.
const HELLO = Buffer.concat(
  [Buffer.from('1603010200010001fc0303', 'hex'), Buffer.alloc(500)]);

// -- the attacker -------------------------------------------------------------

/** Holds `count` open, from many addresses; a byte a second each, for ever. */
async function attack(port, count, isTls) {
  const bytes = isTls ? HELLO
    : Buffer.from(upgradeRequest({ target: '/?roomId=slow' }));
  const all = [];
  let opened = 0;
  const open = (i) => {
    const socket = net.connect({
      port, host: '127.0.0.1', noDelay: true,
      localAddress: `127.${1 + (i >> 14)}.${(i >> 7) & 127}.${1 + (i & 127)}`,
    });
    const one = { socket, next: 0 };
    all[i] = one;
    socket.once('connect', () => { opened += 1; });
    socket.on('error', () => {});
    socket.on('close', () => setTimeout(open, 100, i));
  };
  for (let i = 0; i < count; ++i) {
    open(i);
    if (i % 200 === 199) await delay(20);
  }
  while (opened < count) await delay(20);
  // Each has its own moment of the second.
  let turn = 0;
  setInterval(() => {
    for (let i = turn; i < count; i += 100) {
      const one = all[i];
      if (!one.socket.connecting && one.next < bytes.length) {
        one.socket.write(bytes.subarray(one.next, one.next + 1));
        one.next += 1;
      }
    }
    turn = (turn + 1) % 100;
  }, 10);
  await delay(1_500);
  process.send('held');
}

// -- the honest ---------------------------------------------------------------

/** How long each join took, in milliseconds. */
async function timeJoins(server, options) {
  const witness = await server.session('room', options);
  const times = [];
  for (let i = 0; i < JOINS; ++i) {
    const begin = performance.now();
    const client = await server.session('room',
      { ...options, then: textFrame(offer()) });
    await witness.text();
    times.push(performance.now() - begin);
    client.drop();
    await witness.text(); // its leave
    await delay(PAUSE_MS);
  }
  witness.drop();
  return times;
}

/** What holding them costs the node, as a part of a core. */
async function idleLoad(server) {
  const seconds = 3;
  const before = cpuSeconds(server.pid);
  await delay(seconds * 1000);
  return (cpuSeconds(server.pid) - before) / seconds;
}

/** The same honest joins, under attack. */
async function timeAttackedJoins(server, options, count, isTls, loads) {
  const attacker = fork(fileURLToPath(import.meta.url),
    ['attack', server.port, count, isTls ? 1 : 0]);
  await new Promise((resolve) => attacker.once('message', resolve));
  const held = () => server.metric('signalbox_http_connections');
  loads.push(await idleLoad(server));
  const before = await held();
  const times = await timeJoins(server, options);
  const after = await held();
  if (Math.min(before, after) <= count) {
    console.log(`(held: ${before - 1}, then ${after - 1})`);
  }
  attacker.kill('SIGKILL');
  await server.untilMetric('signalbox_http_connections', 1, 60_000);
  return times;
}

function summary(times) {
  times.sort((a, b) => a - b);
  const at = (part) => times[Math.floor(part * (times.length - 1))];
  return { p50: at(0.5), p99: at(0.99) };
}

async function measure(count, isTls, certificates) {
  const server = await Server.start({
    env: {
      HANDSHAKE_TIMEOUT_MS: '120000',
      HEALTH_PORT: '0',
      ...isTls && {
        TLS_CERT_FILE: certificates.server.certificate,
        TLS_KEY_FILE: certificates.server.key,
      },
    },
  });
  const options = isTls
    ? { secure: { ca: readFileSync(certificates.ca), servername: 'localhost' } }
    : {};
  await timeJoins(server, options); // warm
  const all = { quiet: [], attacked: [] };
  const loads = [];
  for (let i = 0; i < ROUNDS; ++i) {
    all.quiet.push(...await timeJoins(server, options));
    all.attacked.push(
      ...await timeAttackedJoins(server, options, count, isTls, loads));
  }
  await server.kill();
  const [quiet, attacked] = [summary(all.quiet), summary(all.attacked)];
  const text = ({ p50, p99 }) => `p50 ${p50.toFixed(2)} ms, p99 `
    + `${p99.toFixed(2)} ms`;
  const load = 100 * loads.reduce((sum, x) => sum + x) / loads.length;
  console.log(`${isTls ? 'TLS' : 'plain'}: quiet ${text(quiet)}; with ${count} `
    + `held ${text(attacked)} (${(attacked.p99 / quiet.p99).toFixed(2)} times);`
    + ` holding them takes ${load.toFixed(1)} % of a core`);
}

const [first, ...rest] = process.argv.slice(2);
if (first === 'attack') {
  const [port, count, isTls] = rest.map(Number);
  await attack(port, count, isTls === 1);
} else if (first === undefined) {
  console.error('expected a binary, then a number if any');
  process.exitCode = 2;
} else {
  process.env.SIGNALBOX_BINARY = first;
  const directory = makeDirectory();
  const certificates = makeCertificates(directory);
  for (const isTls of [false, true]) {
    await measure(Number(rest[0] ?? 10_000), isTls, certificates);
  }
  removeDirectory(directory);
}
