// A Redis master, its replica, and the Sentinel that watches them: one is
// enough, as its quorum is one. A master is down after half a second.

import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { ChildProcess, makeDirectory, removeDirectory } from './processes.js';
import { Redis, connectClient, listeningAt } from './redis.js';
import { freePort } from './server.js';
import { until } from './until.js';

const MASTER = 'signaling';

export class SentinelGroup {
  /** All Redis servers; which of them is the master changes. */
  servers = [];
  port = 0;

  #directory = makeDirectory();
  #certificates;
  #password;
  #process;
  #client;

  /**
   * `certificates`: all of them speak TLS alone, and only with a client
   * certificate. `options`: of both Redis servers. `password`: of the sentinel
   * itself.
   */
  static async start({ certificates, options = {}, password } = {}) {
    const group = new SentinelGroup();
    group.#certificates = certificates;
    group.#password = password;
    try {
      await group.#start(options);
    } catch (error) {
      await group.destroy();
      throw error;
    }
    return group;
  }

  async #start(wanted) {
    const certificates = this.#certificates;
    const secured = certificates ? { 'tls-replication': 'yes' } : {};
    const options = { ...wanted, ...secured };
    const master = await Redis.start({ certificates, options });
    this.servers.push(master);
    this.servers.push(await Redis.start({ certificates, options: {
      ...options,
      replicaof: `127.0.0.1 ${master.port}`,
      'repl-diskless-sync-delay': 0,
    } }));
    await until(async () =>
      /state=online/.test(await master.command('INFO', 'replication')),
    'the replica to follow');
    this.port = await freePort();
    const file = path.join(this.#directory, 'sentinel.conf');
    const lines = { ...listeningAt(this.port, certificates), ...secured };
    writeFileSync(file, [
      ...Object.entries(lines).map((line) => line.join(' ')),
      'bind 127.0.0.1',
      `dir ${this.#directory}`,
      `sentinel monitor ${MASTER} 127.0.0.1 ${master.port} 1`,
      `sentinel down-after-milliseconds ${MASTER} 500`,
      `sentinel failover-timeout ${MASTER} 3000`,
      ...(this.#password ? [`requirepass ${this.#password}`] : []),
      '',
    ].join('\n'));
    this.#process = new ChildProcess('redis-sentinel', [file]);
    await until(async () => {
      this.#client ??= await connectClient({
        password: this.#password,
        socket: {
          host: '127.0.0.1', port: this.port, reconnectStrategy: false,
          ...certificates?.clientOptions(),
        },
      });
      const replicas = await this.#ask('REPLICAS', MASTER);
      return replicas.length === 1;
    }, 'the sentinel to know the replica');
  }

  get url() {
    const scheme = this.#certificates ? 'rediss' : 'redis';
    return `${scheme}+sentinel://127.0.0.1:${this.port}/${MASTER}`;
  }

  /** The same, with one more sentinel named that is not there. */
  async urlWithDeadSentinel() {
    return `redis+sentinel://127.0.0.1:${await freePort()},`
      + `127.0.0.1:${this.port}/${MASTER}`;
  }

  /** The server that the sentinel calls the master now. */
  async master() {
    const [, port] = await this.#ask('GET-MASTER-ADDR-BY-NAME', MASTER);
    return this.servers.find((server) => server.port === Number(port));
  }

  /** An operator's failover; resolves when there is another master. */
  async failOver() {
    const before = await this.master();
    await until(async () => {
      // Refused while an earlier one has not quite ended.
      return await this.#ask('FAILOVER', MASTER) === 'OK';
    }, 'the failover to begin');
    return this.otherMaster(before);
  }

  /** Waits until the sentinel names another master, and that one is one. */
  async otherMaster(before) {
    const now = await until(async () => {
      const found = await this.master();
      return found !== before && found;
    }, 'another master', 20_000);
    await until(async () =>
      /role:master/.test(await now.command('INFO', 'replication')),
    'it to be one');
    return now;
  }

  #ask(...words) {
    return this.#client.sendCommand(['SENTINEL', ...words]);
  }

  async destroy() {
    this.#client?.disconnect().catch(() => {});
    await this.#process?.kill();
    for (const server of this.servers) await server.destroy();
    removeDirectory(this.#directory);
  }
}

/** A test body with a group of its own; `wanted`: of `start`. */
export function withSentinel(body, wanted = {}) {
  return async (t) => {
    const group = await SentinelGroup.start(wanted);
    try {
      await body(group, t);
    } finally {
      await group.destroy();
    }
  };
}
