// The node under test: started on a port the kernel picks, stopped so that
// anything it did wrong shows (exit code, stderr, sanitizer reports).

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';
import WebSocket from 'ws';

import { PING } from './frames.js';
import { Metrics } from './metrics.js';
import {
  descriptorCount, residentBytes, socketCount,
} from './process_facts.js';
import { RawClient } from './raw_client.js';
import { DEADLINE_MS, until, within } from './until.js';
import { WsClient } from './ws_client.js';

/** High enough that no limit acts unless a test sets it. */
const UNLIMITED = '1000000000';

const DEFAULTS = {
  NODE_ENV: 'test',
  PORT: '0',
  BIND: '127.0.0.1',
  SHARDS: '2',
  RATE_LIMIT_CONN_PER_10S: UNLIMITED,
  RATE_LIMIT_MESSAGES_PER_10S: UNLIMITED,
  RATE_LIMIT_IP_MSGS_PER_10S: UNLIMITED,
  RATE_LIMIT_ROOM_MSGS_PER_10S: UNLIMITED,
  ROOM_CAPACITY: '1000',
  DRAIN_TIMEOUT_MS: '200',
};

/** What a node in development tells the person who started it, on stderr. */
const BANNER = /^\s*Signalbox listens on [^]*ends it\.\s*$/;

/** Of the caller's environment only what a process needs to run at all. */
const KEPT = /^(PATH|HOME|TMPDIR|LD_LIBRARY_PATH|\w*SAN_\w+)$/;

const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

export function binary() {
  const file = process.env.SIGNALBOX_BINARY;
  assert.ok(file, 'SIGNALBOX_BINARY must name the binary to test');
  return path.resolve(file);
}

export function environment(env, defaults = DEFAULTS) {
  const all = { ...defaults, ...env };
  for (const [name, value] of Object.entries(process.env)) {
    if (KEPT.test(name)) all[name] = value;
  }
  return Object.fromEntries(
    Object.entries(all)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)]));
}

/** Runs the binary to its end: {code, signal, stdout, stderr}. */
export async function runToEnd({ env = {}, flags = [] } = {}) {
  const child = spawn(binary(), flags, {
    env: environment(env, {}),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const seen = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => { seen.stdout += chunk; });
  child.stderr.on('data', (chunk) => { seen.stderr += chunk; });
  try {
    const [code, signal] = await within(
      new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (...how) => resolve(how));
      }),
      `the end of: signalbox ${flags.join(' ')}`);
    return { code, signal, ...seen };
  } finally {
    child.kill('SIGKILL');
    children.delete(child);
  }
}

/** A port that was free a moment ago, for options that cannot say "any". */
export async function freePort() {
  const probe = net.createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

export class Server {
  /** Parsed log lines; a line that is not JSON is kept as {unparsed}. */
  log = [];
  stderr = '';
  port = 0;
  healthPort = 0;

  #child;
  #clients = new Set();
  #exit = undefined;
  #endWasAskedFor = false;
  #socketsAtStart = 0;

  /**
   * `descriptors`: the soft and hard limit of open files of the process.
   * Resolves once the node has logged that it listens.
   */
  static async start({ env = {}, flags = [], descriptors } = {}) {
    const server = new Server();
    await server.#start(env, flags, descriptors);
    return server;
  }

  async #start(env, flags, descriptors) {
    const options = {
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    };
    const child = descriptors === undefined
      ? spawn(binary(), flags, options)
      : spawn('/bin/sh',
        ['-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, binary(), ...flags],
        options);
    this.#child = child;
    children.add(child);
    child.stderr.on('data', (chunk) => { this.stderr += chunk; });
    readline.createInterface({ input: child.stdout })
      .on('line', (line) => this.log.push(parseLine(line)));
    this.#exit = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        children.delete(child);
        resolve({ code, signal });
      });
    });
    this.#exit.catch(() => {});
    let gone;
    this.#exit.then((how) => { gone = how; }, (how) => { gone = how; });
    const line = await until(() => {
      if (gone) return { gone };
      return this.logged('listening');
    }, `the line "listening" (stderr: ${this.stderr})`);
    if (line.gone) {
      throw new Error('the node ended before it listened: '
        + `${JSON.stringify(line.gone)}\n${this.stderr}`);
    }
    assert.ok(Number.isInteger(line.port) && line.port > 0,
      `no port in ${JSON.stringify(line)}`);
    this.port = line.port;
    this.healthPort = line.health_port ?? 0;
    this.#socketsAtStart = socketCount(this.pid);
  }

  get pid() {
    return this.#child.pid;
  }

  /** The first log line with this message. */
  logged(message) {
    return this.log.find((line) => line.message === message);
  }

  // -- its end ----------------------------------------------------------------

  signal(name) {
    this.#child.kill(name);
  }

  /** Whether the test itself has waited for the end of the node. */
  get endWasAskedFor() {
    return this.#endWasAskedFor;
  }

  /** {code, signal} once the process is gone. */
  exited(deadlineMs = DEADLINE_MS) {
    this.#endWasAskedFor = true;
    return within(this.#exit, 'the end of the node', deadlineMs);
  }

  /** Drops all clients, sends SIGTERM, and holds the node to a clean end. */
  async stop() {
    for (const client of this.#clients) client.drop();
    this.#child.kill('SIGTERM');
    await this.endedCleanly();
  }

  async endedCleanly(deadlineMs = DEADLINE_MS) {
    const how = await this.exited(deadlineMs);
    const stderr = this.stderr.replace(BANNER, '');
    assert.deepEqual({ ...how, stderr }, { code: 0, signal: null, stderr: '' });
    const odd = this.log.filter((line) => 'unparsed' in line);
    assert.deepEqual(odd, [], 'every line on stdout is one JSON object');
  }

  async kill() {
    for (const client of this.#clients) client.drop();
    this.#child.kill('SIGKILL');
    await this.exited();
  }

  // -- talking to it ----------------------------------------------------------

  /** A TCP connection on which nothing was said yet. */
  async raw(options = {}) {
    const client = await RawClient.connect({ port: this.port, ...options });
    this.#clients.add(client);
    client.socket.once('close', () => this.#clients.delete(client));
    return client;
  }

  /**
   * A raw client after its upgrade was answered with 101: a session, or a
   * refused one. `answer` is the response's head. `roomId` undefined: no query.
   */
  async session(roomId, { query, path = '/', headers, then, ...tcp } = {}) {
    const client = await this.raw(tcp);
    const search = query
      ?? (roomId === undefined ? '' : `?roomId=${encodeURIComponent(roomId)}`);
    client.answer = await client.upgrade(
      { target: path + search, headers, then });
    assert.equal(client.answer.status, 101,
      `refused before the upgrade: ${JSON.stringify(client.answer)}`);
    return client;
  }

  /** `count` sessions in one room, joined one after another. */
  async sessions(roomId, count, options) {
    const all = [];
    while (all.length < count) all.push(await this.session(roomId, options));
    return all;
  }

  /** A client of the `ws` package, open. */
  async ws(roomId, { protocols, ...options } = {}) {
    const url = `ws://127.0.0.1:${this.port}/?roomId=${roomId}`;
    const client = new WsClient(new WebSocket(url, protocols, options));
    this.#clients.add(client);
    await client.opened();
    return client;
  }

  /** One HTTP request on a connection of its own. */
  http(target, { method = 'GET', headers = {}, port = this.port } = {}) {
    return within(new Promise((resolve, reject) => {
      const request = http.request({
        host: '127.0.0.1', port, path: target, method, headers, agent: false,
      });
      request.once('error', reject);
      request.once('response', (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => { body += chunk; });
        response.once('error', reject);
        response.once('end', () => resolve({
          status: response.statusCode, headers: response.headers, body,
        }));
      });
      request.end();
    }), `the answer to ${method} ${target}`);
  }

  async metrics() {
    const port = this.healthPort || this.port;
    const answer = await this.http('/metrics', { port });
    assert.equal(answer.status, 200);
    return new Metrics(answer.body);
  }

  async metric(name) {
    return (await this.metrics()).get(name);
  }

  /** Waits until the metric has exactly this value. */
  untilMetric(name, value, deadlineMs) {
    let last;
    return until(async () => {
      last = await this.metric(name);
      return last === value;
    }, `${name} to be ${value}`, deadlineMs).catch((error) => {
      throw new Error(`${error.message} (${name} is ${last})`);
    });
  }

  descriptors() {
    return descriptorCount(this.pid);
  }

  /**
   * The descriptors of a node that has served and serves nobody now: a few are
   * made when they are first needed. Waits until nobody is connected.
   */
  async descriptorsAtRest() {
    for (let i = 0; i < 16; ++i) {
      const client = await this.session(`warm-up-${i}`);
      client.send({ opcode: PING });
      client.sendClose(1000);
      await client.ended();
    }
    await this.metrics();
    await until(() => socketCount(this.pid) === this.#socketsAtStart,
      'the node to rest');
    return this.descriptors();
  }

  residentBytes() {
    return residentBytes(this.pid);
  }
}

/**
 * A test body with a node of its own: `withNode({env, flags, descriptors},
 * async (server) => {...})`. Afterwards the node must end cleanly, unless the
 * body ended it (`server.exited`, `kill`) itself. A failure shows its log.
 */
export function withNode(options, body) {
  return async (t) => {
    const server = await Server.start(options);
    try {
      await body(server, t);
    } catch (error) {
      await server.kill();
      throw explained(error, server);
    }
    if (server.endWasAskedFor) return;
    try {
      await server.stop();
    } catch (error) {
      await server.kill();
      throw explained(error, server);
    }
  };
}

export function explained(error, server) {
  const tail = server.log.slice(-10).map((line) => JSON.stringify(line));
  const more = [
    server.stderr && `stderr of the node:\n${server.stderr}`,
    tail.length > 0 && `its last log lines:\n${tail.join('\n')}`,
  ].filter(Boolean).join('\n');
  if (error instanceof Error) {
    error.message += `\n${more}`;
    error.stack += `\n${more}`;
  }
  return error;
}

function parseLine(line) {
  try {
    return JSON.parse(line);
  } catch {
    return { unparsed: line };
  }
}
