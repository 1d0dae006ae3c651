// Three clients on three nodes in one room: an offer, an answer, a leave. Each
// message is printed where it goes in and where it comes out. Arguments: ports.
// The WebSocket client below does what this needs and no more (RFC 6455); a
// browser, or any library, does the rest.

import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const DEADLINE_MS = 10_000;
const ports = process.argv.slice(2);

class Client {
  #socket;
  #bytes = Buffer.alloc(0);
  #texts = [];
  #wake = () => {};

  static async join(name, number, room) {
    const client = new Client();
    client.name = name;
    client.node = `node ${number}`;
    const port = ports[number - 1];
    client.#socket = await upgraded(port, `/?roomId=${room}`);
    client.#socket.on('data', (chunk) => client.#take(chunk));
    await untilSeated(port);
    console.log(`${name} joins ${room} on ${client.node}`);
    return client;
  }

  say(message) {
    const text = JSON.stringify(message);
    console.log(`${this.name} -> ${this.node}  ${text}`);
    this.#socket.write(maskedFrame(0x1, Buffer.from(text)));
  }

  /** Waits for the next message, and prints it. */
  async hear() {
    const end = Date.now() + DEADLINE_MS;
    while (this.#texts.length === 0) {
      if (Date.now() > end) throw new Error(`${this.name} heard nothing`);
      await Promise.race([delay(100),
        new Promise((resolve) => { this.#wake = resolve; })]);
    }
    const text = this.#texts.shift();
    console.log(`${this.name} <- ${this.node}  ${text}`);
    return JSON.parse(text);
  }

  leave() {
    console.log(`${this.name} leaves`);
    this.#socket.end(maskedFrame(0x8, Buffer.from([0x03, 0xe8])));
  }

  // A server's frames are not masked; these are short and not fragmented.
  #take(chunk) {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= 2) {
      let size = this.#bytes[1];
      let start = 2;
      if (size === 126) {
        if (this.#bytes.length < 4) return;
        size = this.#bytes.readUInt16BE(2);
        start = 4;
      }
      if (this.#bytes.length < start + size) return;
      const isText = (this.#bytes[0] & 0x0f) === 0x1;
      const payload = this.#bytes.subarray(start, start + size).toString();
      this.#bytes = this.#bytes.subarray(start + size);
      if (isText) this.#texts.push(payload);
    }
    this.#wake();
  }
}

/** The socket of a WebSocket connection. */
function upgraded(port, path) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: 'localhost', port, path, headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    } });
    request.once('upgrade', (answer, socket) => resolve(socket));
    request.once('response', (answer) =>
      reject(new Error(`no upgrade: ${answer.statusCode}`)));
    request.once('error', reject);
  });
}

/** A short frame, as a client has to send it. */
function maskedFrame(opcode, payload) {
  const mask = randomBytes(4);
  const masked = payload.map((byte, i) => byte ^ mask[i % 4]);
  return Buffer.concat([
    Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, masked,
  ]);
}

async function get(port, path) {
  return (await fetch(`http://localhost:${port}${path}`)).text();
}

async function until(condition, what) {
  const end = Date.now() + DEADLINE_MS;
  while (!await condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await delay(20);
  }
}

const untilReady = (port) =>
  until(async () => await get(port, '/readyz') === 'ready', 'readyz');

const untilSeated = (port) =>
  until(async () => /^signaling_active_connections 1$/m.test(
    await get(port, '/metrics')), 'the seat');

// It ends when all connections have ended.
await Promise.all(ports.map(untilReady));
const ada = await Client.join('ada', 1, 'lobby');
const bob = await Client.join('bob', 2, 'lobby');
const eve = await Client.join('eve', 3, 'lobby');

eve.say({ type: 'offer', sdp: 'v=0' });
await ada.hear();
await bob.hear();
ada.say({ type: 'answer', sdp: 'v=0' });
await bob.hear();
await eve.hear();
eve.leave();
await ada.hear();
await bob.hear();
bob.leave();
await ada.hear();
ada.leave();
