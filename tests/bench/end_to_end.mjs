// Whole messages through a started node: clients of the `ws` package on this
// process' one thread, the node with one shard beside it. What counts is the
// node's CPU time an operation; the rate is limited by the clients as well.

import WebSocket from 'ws';

import { cpuSeconds } from '../integration/support/process_facts.js';
import { Server } from '../integration/support/server.js';

const SECONDS = 2;
const PAIRS = 50;
const RECEIVERS = 50;
const CHURNERS = 20;

/** As long as those of the micro-benchmarks: 200 bytes. */
const CANDIDATE = (() => {
  const empty = { type: 'candidate', candidate: '', sdpMLineIndex: 0 };
  const text = 'candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ '
    + 'srflx raddr 10.0.0.17 rport 46154 ufrag EEtu ';
  const room = 200 - JSON.stringify(empty).length;
  return JSON.stringify({ ...empty, candidate: text.padEnd(room, 'x') });
})();

const MARKER = '{"type":"control","action":"marker"}';

function connect(server, room) {
  return new Promise((resolve, reject) => {
    const client = new WebSocket(
      `ws://127.0.0.1:${server.port}/?roomId=${room}`,
      { perMessageDeflate: false });
    client.once('open', () => resolve(client));
    client.once('error', reject);
    client.on('error', () => {}); // the node's end, when it is measured
  });
}

/** This many clients in one room, who all hear the first. */
async function connectAll(server, room, count) {
  const clients = [];
  while (clients.length < count) clients.push(await connect(server, room));
  // The node takes a client in some time after its upgrade, so: a message now
  // and then until each has heard one, and a last one that all wait for.
  const [first, ...others] = clients;
  const heard = (isAwaited) => Promise.all(others.map((client) =>
    new Promise((resolve) => {
      client.on('message', function listen(data) {
        if (!isAwaited(data)) return;
        client.off('message', listen);
        resolve();
      });
    })));
  const timer = setInterval(() => first.send(CANDIDATE), 20);
  await heard(() => true);
  clearInterval(timer);
  const last = heard((data) => data.toString() === MARKER);
  first.send(MARKER);
  await last;
  return clients;
}

/** 50 rooms of two who throw one message to and fro. */
async function relay(server, count) {
  const pairs = [];
  for (let i = 0; i < PAIRS; ++i) {
    pairs.push(await connectAll(server, `pair-${i}`, 2));
  }
  return () => {
    for (const client of pairs.flat()) {
      client.on('message', () => {
        count();
        client.send(CANDIDATE);
      });
    }
    for (const [first] of pairs) first.send(CANDIDATE);
  };
}

/** One says something when all 50 have heard the last. */
async function fanOut(server, count) {
  const [sender, ...receivers] =
    await connectAll(server, 'fan-out', RECEIVERS + 1);
  return () => {
    let missing = RECEIVERS;
    for (const client of receivers) {
      client.on('message', () => {
        count();
        if (--missing > 0) return;
        missing = RECEIVERS;
        sender.send(CANDIDATE);
      });
    }
    sender.send(CANDIDATE);
  };
}

/** Clients that come, and go at once: an operation is both. */
async function churn(server, count, isOver) {
  const rounds = async (room) => {
    while (!isOver()) {
      const client = await connect(server, room);
      const closed = new Promise((resolve) => client.once('close', resolve));
      client.close();
      await closed;
      count();
    }
  };
  return () => {
    for (let i = 0; i < CHURNERS; ++i) {
      rounds(`churn-${i % 10}`).catch((error) => {
        if (!isOver()) throw error;
      });
    }
  };
}

async function measure(scenario) {
  const server = await Server.start({ env: { SHARDS: '1' } });
  let operations = 0;
  let isOver = false;
  const start = await scenario(server, () => { ++operations; }, () => isOver);
  operations = 0;
  const cpuBefore = cpuSeconds(server.pid);
  const before = performance.now();
  start();
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  const seconds = (performance.now() - before) / 1000;
  const cpu = cpuSeconds(server.pid) - cpuBefore;
  isOver = true;
  await server.kill();
  return {
    nanoseconds: cpu * 1e9 / operations,
    itemsPerSecond: operations / seconds,
  };
}

/** Rows of the report, as far as their names match. */
export async function endToEnd(binary, matches) {
  process.env.SIGNALBOX_BINARY = binary;
  const rows = [];
  for (const [name, scenario] of [
    [`end_to_end/relay_${PAIRS}_pairs`, relay],
    [`end_to_end/fan_out_1_to_${RECEIVERS}`, fanOut],
    ['end_to_end/join_leave', churn],
  ]) {
    if (matches(name)) rows.push({ name, ...await measure(scenario) });
  }
  return rows;
}
