// A TCP proxy between a node and Redis that can be slow, cut, refuse, and make
// a subscriber deaf. It counts the bytes that pass, so it also tells what a
// node was sent.

import net from 'node:net';

const SUBSCRIBES = /\bS?SUBSCRIBE\b/i;

export class RedisProxy {
  port = 0;
  /** How late every byte is, in either direction. */
  delayMs = 0;
  /** How much later, on connections that subscribe. */
  subscriberDelayMs = 0;
  /** Bytes that Redis sent and that were passed on. */
  bytesFromRedis = 0;
  bytesToRedis = 0;
  /** Connections that were accepted. */
  accepted = 0;

  #target;
  #server;
  #links = new Set();
  #deafens = false;

  /** `target`: {port, host}, of the Redis behind it. */
  static async start(target) {
    const proxy = new RedisProxy();
    proxy.#target = target;
    await proxy.accept();
    return proxy;
  }

  get url() {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** How many connections pass now. */
  get open() {
    return this.#links.size;
  }

  /** Listens, on the port it had before if it had one. */
  async accept() {
    this.#server = net.createServer((socket) => this.#link(socket));
    await new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = this.#server.address().port;
  }

  /** Ends all connections; new ones are refused by the kernel. */
  async refuse() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  /** Ends all connections; new ones are accepted. */
  cut() {
    for (const link of this.#links) link.end();
  }

  /**
   * Swallows what Redis sends to connections that subscribe, to those of now
   * for as long as they live; `alsoNew`: to new ones too, until `hear`.
   */
  deafen({ alsoNew = false } = {}) {
    this.#deafens = alsoNew;
    for (const link of this.#links) {
      if (link.subscribes) link.isDeaf = true;
    }
  }

  /** New subscribers hear again. */
  hear() {
    this.#deafens = false;
  }

  async close() {
    if (this.#server.listening) await this.refuse();
    this.cut();
  }

  #link(near) {
    this.accepted += 1;
    const far = net.connect({ noDelay: true, ...this.#target });
    near.setNoDelay(true);
    const link = {
      subscribes: false,
      isDeaf: false,
      end: () => {
        near.destroy();
        far.destroy();
        this.#links.delete(link);
      },
    };
    this.#links.add(link);
    this.#pass(near, far, link, (chunk) => {
      link.subscribes ||= SUBSCRIBES.test(chunk.toString('latin1'));
      if (link.subscribes && this.#deafens) link.isDeaf = true;
      this.bytesToRedis += chunk.length;
      return true;
    });
    this.#pass(far, near, link, (chunk) => {
      if (link.isDeaf) return false;
      this.bytesFromRedis += chunk.length;
      return true;
    });
  }

  /** Passes on what `admits` admits, late but in order. */
  #pass(from, to, link, admits) {
    from.on('error', () => link.end());
    from.on('close', () => link.end());
    from.on('data', (chunk) => {
      if (!admits(chunk)) return;
      const delayMs = this.delayMs
        + (link.subscribes ? this.subscriberDelayMs : 0);
      // Timers of one length fire in the order they were set.
      if (delayMs > 0) setTimeout(() => to.write(chunk), delayMs);
      else to.write(chunk);
    });
  }
}
