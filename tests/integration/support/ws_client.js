// A client of the `ws` package with promises and deadlines: what an ordinary
// program sees of the node.

import { DEADLINE_MS, until, within } from './until.js';

export class WsClient {
  messages = [];
  /** {code, reason} once closed. */
  closed = undefined;

  #socket;
  #open;

  constructor(socket) {
    this.#socket = socket;
    this.#open = new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => {
      this.messages.push(isBinary ? { binary: data } : data.toString());
    });
    socket.once('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
  }

  get socket() {
    return this.#socket;
  }

  opened() {
    return within(this.#open, 'the open event');
  }

  sendJson(...values) {
    for (const value of values) this.#socket.send(JSON.stringify(value));
  }

  /** The next message, parsed. */
  async json(what = 'a message') {
    await until(() => this.messages.length > 0, what);
    return JSON.parse(this.messages.shift());
  }

  /** {code, reason} of the close event. */
  closure(deadlineMs = DEADLINE_MS) {
    return until(() => this.closed, 'the close event', deadlineMs);
  }

  close(code, reason) {
    this.#socket.close(code, reason);
  }

  drop() {
    this.#socket.terminate();
  }
}
