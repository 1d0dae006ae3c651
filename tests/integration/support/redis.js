// A redis-server of the tests' own: on a port that was free, in a directory of
// its own, asked over real connections. `withRedis` cleans up whatever happens.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { createClient } from 'redis';

import { ChildProcess, makeDirectory, removeDirectory } from './processes.js';
import { freePort } from './server.js';
import { until } from './until.js';

const DEFAULTS = {
  bind: '127.0.0.1',
  save: '',
  appendonly: 'no',
  loglevel: 'notice',
};

/**
 * A client of the `redis` package that knows no patience: what cannot be done
 * now fails. Its errors are those of its commands.
 */
export async function connectClient(options) {
  const client = createClient({ disableOfflineQueue: true, ...options });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Lines of redis.conf, by name: with certificates it is TLS alone. */
export function listeningAt(port, certificates) {
  if (!certificates) return { port };
  return {
    port: 0,
    'tls-port': port,
    'tls-ca-cert-file': certificates.ca,
    'tls-cert-file': certificates.server.certificate,
    'tls-key-file': certificates.server.key,
    'tls-auth-clients': 'yes',
  };
}

/**
 * What `start` begins, on ports that it looks for: until a free one is used,
 * somebody else may have taken it, and then others are looked for.
 */
export async function onFreePorts(start) {
  for (let attemptsLeft = 5; ; --attemptsLeft) {
    try {
      return await start();
    } catch (error) {
      const isTaken = error.message.includes('Address already in use');
      if (!isTaken || attemptsLeft === 0) throw error;
    }
  }
}

export class Redis {
  port = 0;
  directory = '';

  #process;
  #options;
  #tls;
  #path;
  #clients = new Set();
  #admin;

  /**
   * `options`: lines of redis.conf, by name; an array is several lines.
   * `certificates`: TLS, and only with a client certificate (certificates.js).
   * `isUnix`: on a Unix socket, no port. `keepsData`: every write is on disk.
   */
  static async start(wanted = {}) {
    if (wanted.port) return await Redis.startOnce(wanted);
    return await onFreePorts(() => Redis.startOnce(wanted));
  }

  /** The same; fails if a port is taken. */
  static async startOnce({
    options = {}, certificates, isUnix = false, keepsData = false, port,
  }) {
    const redis = new Redis();
    redis.directory = makeDirectory();
    redis.#tls = certificates;
    redis.port = isUnix ? 0 : port ?? await freePort();
    if (isUnix) redis.#path = path.join(redis.directory, 'redis.sock');
    redis.#options = {
      ...DEFAULTS,
      dir: redis.directory,
      ...redis.#listening(),
      ...(keepsData ? { appendonly: 'yes', appendfsync: 'always' } : {}),
      ...options,
    };
    try {
      await redis.begin();
    } catch (error) {
      await redis.destroy();
      throw error;
    }
    return redis;
  }

  #listening() {
    if (this.#path) return { port: 0, unixsocket: this.#path };
    return listeningAt(this.port, this.#tls);
  }

  /** What REDIS_URL says to reach it. */
  get url() {
    if (this.#path) return `unix://${this.#path}`;
    return `${this.#tls ? 'rediss' : 'redis'}://127.0.0.1:${this.port}`;
  }

  get pid() {
    return this.#process.pid;
  }

  get isRunning() {
    return this.#process !== undefined && !this.#process.ended;
  }

  get output() {
    return this.#process.output;
  }

  // -- its life ---------------------------------------------------------------

  /** Starts the process; resolves when it answers. */
  async begin() {
    assert.ok(!this.isRunning, 'it runs already');
    const words = Object.entries(this.#options).flatMap(([name, value]) =>
      [value].flat().flatMap((one) => [`--${name}`, ...wordsOf(one)]));
    this.#process = new ChildProcess('redis-server', words);
    await until(async () => {
      if (this.#process.ended) return true;
      // Another process may have got the port.
      const info = await this.command('INFO', 'server');
      return String(info).includes(`process_id:${this.pid}\r\n`);
    }, 'redis-server to answer');
    if (this.#process.ended) {
      throw new Error(`redis-server ended:\n${this.#process.output}`);
    }
  }

  /** As an operator ends it: it closes its connections and is gone. */
  async stop() {
    this.#forgetClients();
    this.#process.signal('SIGTERM');
    await this.#process.exited();
  }

  async kill() {
    this.#forgetClients();
    await this.#process.kill();
  }

  /** Starts it again where it was, with what it has on disk or without. */
  async restart({ keepsData = false } = {}) {
    if (this.isRunning) await this.stop();
    if (!keepsData) {
      for (const name of ['dump.rdb', 'appendonlydir']) {
        rmSync(path.join(this.directory, name),
          { recursive: true, force: true });
      }
    }
    await this.begin();
  }

  freeze() {
    this.#process.signal('SIGSTOP');
  }

  thaw() {
    this.#process.signal('SIGCONT');
  }

  async destroy() {
    this.#forgetClients();
    if (this.isRunning) await this.#process.kill();
    removeDirectory(this.directory);
  }

  // -- asking it --------------------------------------------------------------

  /** A connection of the `redis` package, ended with the server. */
  async client(options = {}) {
    const client = await connectClient({
      ...options,
      socket: {
        ...(this.#path
          ? { path: this.#path } : { host: '127.0.0.1', port: this.port }),
        ...(this.#tls ? this.#tls.clientOptions() : {}),
        reconnectStrategy: false,
      },
    });
    this.#clients.add(client);
    return client;
  }

  /** The reply to one command, on a connection that all of these share. */
  async command(...words) {
    if (!this.#admin?.isOpen) this.#admin = await this.client();
    return this.#admin.sendCommand(words.map(String));
  }

  config(name, value) {
    return this.command('CONFIG', 'SET', name, value);
  }

  /** The members of the set at `key`, sorted. */
  async members(key) {
    return (await this.command('SMEMBERS', key)).sort();
  }

  /** Waits until the set at `key` has exactly so many members; they. */
  async untilMembers(key, count, deadlineMs) {
    let seen;
    await until(async () => {
      seen = await this.members(key);
      return seen.length === count;
    }, `${key} to have ${count} members`, deadlineMs).catch((error) => {
      throw new Error(`${error.message} (${JSON.stringify(seen)})`);
    });
    return seen;
  }

  /**
   * Hears what is published from now on in channels that match: an array that
   * grows, of {channel, message}.
   */
  async overhear(pattern) {
    const heard = [];
    const client = await this.client();
    await client.pSubscribe(pattern, (message, channel) => {
      heard.push({ channel, message });
    });
    return heard;
  }

  #forgetClients() {
    for (const client of this.#clients) client.disconnect().catch(() => {});
    this.#clients.clear();
    this.#admin = undefined;
  }
}

/** A line's words; the empty string is a word. */
function wordsOf(value) {
  return value === '' ? [''] : String(value).split(' ');
}

/** A test body with a Redis of its own: `withRedis(options, async (redis, t) =>
 * ...)`. */
export function withRedis(options, body) {
  return async (t) => {
    const redis = await Redis.start(options);
    try {
      await body(redis, t);
    } finally {
      await redis.destroy();
    }
  };
}
