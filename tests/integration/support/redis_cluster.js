// A Redis Cluster of three masters, each with a third of the slots, and, where
// asked for, a replica of the first.

import { Redis, onFreePorts } from './redis.js';
import { freePort } from './server.js';
import { until } from './until.js';

const SLOTS = 16384;

export class RedisCluster {
  masters = [];
  replica = undefined;

  #scheme;

  /**
   * `certificates`: TLS alone, and only with a client certificate. `options`:
   * of every server.
   */
  static async start({ hasReplica = false, certificates, options } = {}) {
    const cluster = new RedisCluster();
    cluster.#scheme = certificates ? 'rediss' : 'redis';
    try {
      await cluster.#start(hasReplica, { certificates, options });
    } catch (error) {
      await cluster.destroy();
      throw error;
    }
    return cluster;
  }

  async #start(hasReplica, wanted) {
    const all = [];
    for (let i = 0; i < (hasReplica ? 4 : 3); ++i) {
      const server = await startMember(wanted);
      all.push(server);
      if (i < 3) this.masters.push(server);
      else this.replica = server;
    }
    for (const [i, server] of this.masters.entries()) {
      server.id = await server.command('CLUSTER', 'MYID');
      await server.command('CLUSTER', 'ADDSLOTSRANGE',
        Math.ceil(SLOTS * i / 3), Math.ceil(SLOTS * (i + 1) / 3) - 1);
      // Without an epoch each, they would have to agree on one first.
      await server.command('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
    }
    for (const server of all.slice(1)) {
      await server.command('CLUSTER', 'MEET', '127.0.0.1', all[0].port,
        all[0].busPort);
    }
    if (this.replica) await this.#follow(this.replica, this.masters[0]);
    for (const server of all) {
      await until(async () => {
        const info = await server.command('CLUSTER', 'INFO');
        const nodes = await server.command('CLUSTER', 'NODES');
        return /cluster_state:ok/.test(info)
          && nodes.trim().split('\n').length === all.length
          && !/handshake|noaddr|fail/.test(nodes);
      }, 'the cluster to agree', 20_000);
    }
  }

  /** One more master, which has no slots. */
  async addMaster() {
    const server = await startMember({});
    this.masters.push(server);
    server.id = await server.command('CLUSTER', 'MYID');
    await server.command('CLUSTER', 'SET-CONFIG-EPOCH', this.masters.length);
    const [first] = this.masters;
    await server.command('CLUSTER', 'MEET', '127.0.0.1', first.port,
      first.busPort);
    for (const other of this.masters) {
      await until(async () => {
        const nodes = await other.command('CLUSTER', 'NODES');
        return nodes.trim().split('\n').length === this.masters.length
          && !/handshake|noaddr|fail/.test(nodes)
          && /cluster_state:ok/.test(await other.command('CLUSTER', 'INFO'));
      }, 'the cluster to know the new master', 20_000);
    }
    return server;
  }

  async #follow(replica, master) {
    await until(async () =>
      await replica.command('CLUSTER', 'REPLICATE', master.id) === 'OK',
    'the replica to know its master');
    await until(async () =>
      /state=online/.test(await master.command('INFO', 'replication')),
    'the replica to follow');
  }

  get url() {
    const hosts = this.masters.map(({ port }) => `127.0.0.1:${port}`);
    return `${this.#scheme}+cluster://${hosts.join(',')}`;
  }

  async slotOf(key) {
    return this.masters[0].command('CLUSTER', 'KEYSLOT', key);
  }

  /** The master that has the slot now. */
  async ownerOf(slot) {
    const ranges = await this.masters[0].command('CLUSTER', 'SLOTS');
    const found = ranges.find(([from, to]) => from <= slot && slot <= to);
    return [...this.masters, this.replica]
      .find((server) => server?.port === found[2][1]);
  }

  /** `count` room names whose keys lie with this master. */
  async roomsAt(master, count) {
    const rooms = [];
    for (let i = 0; rooms.length < count; ++i) {
      const slot = await this.slotOf(`room:room-${i}`);
      if (await this.ownerOf(slot) === master) rooms.push(`room-${i}`);
    }
    return rooms;
  }

  /**
   * Begins to move a slot: what is not there any more is asked for at `to`
   * (ASK) from now on. `finishMove` ends it (MOVED).
   */
  async beginMove(slot, from, to) {
    await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
    await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
    for (;;) {
      const keys = await from.command('CLUSTER', 'GETKEYSINSLOT', slot, 100);
      if (keys.length === 0) return;
      await from.command('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, 'KEYS',
        ...keys);
    }
  }

  async finishMove(slot, from, to) {
    await to.command('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
    await from.command('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
    for (const server of this.masters) {
      if (server === to || server === from) continue;
      await server.command('CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
    }
  }

  async move(slot, from, to) {
    await this.beginMove(slot, from, to);
    await this.finishMove(slot, from, to);
  }

  async destroy() {
    for (const server of [...this.masters, this.replica]) {
      await server?.destroy();
    }
  }
}

/** A test body with a cluster of its own. */
export function withCluster(options, body) {
  return async (t) => {
    const cluster = await RedisCluster.start(options);
    try {
      await body(cluster, t);
    } finally {
      await cluster.destroy();
    }
  };
}

const startMember = (wanted) => onFreePorts(() => startMemberOnce(wanted));

async function startMemberOnce({ certificates, options }) {
  const busPort = await freePort();
  const server = await Redis.startOnce({ certificates, options: {
    ...options,
    ...(certificates ? { 'tls-cluster': 'yes' } : {}),
    'cluster-enabled': 'yes',
    'cluster-port': busPort,
    'cluster-node-timeout': 1000,
    'repl-diskless-sync-delay': 0,
  } });
  server.busPort = busPort;
  return server;
}
