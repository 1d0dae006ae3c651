// A real Redis that runs the backplane's Lua scripts, and those who look on:
// another client, and a subscriber that hears what is published and what CLIENT
// TRACKING has to say. Emptied before each test.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { after, before, beforeEach } from 'node:test';

import { createClient } from 'redis';

import { until } from './until.js';

const FOLDER = new URL('../../../backplane/scripts/', import.meta.url);
const read = (name) => readFile(new URL(`${name}.lua`, FOLDER), 'utf8');

/** Those that the build puts members.lua in front of. */
const ABOUT_ROOMS = ['join', 'leave', 'compensate', 'reconcile', 'sweep'];
const members = await read('members');
const texts = {};
const OTHERS = ['lease', 'nodes', 'probe', 'count_connection'];
for (const name of [...ABOUT_ROOMS, ...OTHERS]) {
  const text = await read(name);
  texts[name] = ABOUT_ROOMS.includes(name) ? `${members}\n${text}` : text;
}

/** Runs the scripts, with CLIENT TRACKING. */
export let redis;
/** Everyone else. */
export let other;
/** What was published on `room:*`, as [channel, text]. */
export let published = [];
/** Keys whose invalidation came. */
export let invalidated = [];

let folder;
let server;
let url;
let subscriber;

/** Runs a script on `redis`, or on another client. */
export const run = (name, keys, args, client = redis) =>
  client.eval(texts[name], { keys, arguments: args.map(String) });

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}

/** A client of its own, which the caller disconnects. */
export async function connected() {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on('error', () => {});
  await client.connect();
  return client;
}

before(async () => {
  folder = await mkdtemp(joinPath(tmpdir(), 'signalbox-scripts-'));
  const port = await freePort();
  url = `redis://127.0.0.1:${port}`;
  server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1',
    '--save', '', '--appendonly', 'no', '--dir', folder], { stdio: 'ignore' });
  redis = await until(connected, 'redis-server to listen');
  other = await connected();
  subscriber = await connected();
  const id = await subscriber.sendCommand(['CLIENT', 'ID']);
  await subscriber.subscribe('__redis__:invalidate',
    (keys) => invalidated.push(String(keys)));
  await subscriber.pSubscribe('room:*',
    (text, channel) => published.push([channel, text]));
  await redis.sendCommand(
    ['CLIENT', 'TRACKING', 'ON', 'REDIRECT', String(id), 'NOLOOP']);
});

after(async () => {
  for (const client of [redis, other, subscriber]) await client?.disconnect();
  if (server?.exitCode === null) {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
  if (folder) await rm(folder, { recursive: true });
});

beforeEach(async () => {
  // Key by key: FLUSHALL invalidates all keys at once, in another form.
  for (const key of await other.keys('*')) await other.del(key);
  await caughtUp();
  published = [];
  invalidated = [];
});

/** Waits until the subscriber has had all that came before. */
export async function caughtUp() {
  const marker = `marker ${Math.random()}`;
  await other.publish('room:marker', marker);
  await until(() => published.some(([, text]) => text === marker),
    'the subscriber to catch up');
  published = published.filter(([, text]) => text !== marker);
}
