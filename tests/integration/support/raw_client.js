// A WebSocket client on a bare socket: it can break every rule, and it hides
// nothing that came. Reading is promise-based and always has a deadline.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';

import {
  BINARY, CLOSE, FrameReader, PING, PONG, TEXT, closeFrame, encodeFrame,
  textFrame,
} from './frames.js';
import { DEADLINE_MS, within } from './until.js';

const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The upgrade request as bytes; `headers` may hold arrays and `undefined`. */
export function upgradeRequest({ target = '/', headers = {}, key } = {}) {
  const all = {
    Host: 'localhost',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key ?? randomBytes(16).toString('base64'),
    ...headers,
  };
  return `GET ${target} HTTP/1.1\r\n${headerLines(all)}\r\n`;
}

export function headerLines(headers) {
  let lines = '';
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    for (const one of [value].flat()) lines += `${name}: ${one}\r\n`;
  }
  return lines;
}

export class RawClient {
  /** Frames that came and were not taken yet, pings left out. */
  frames = [];
  pings = 0;
  /** How the connection ended: undefined while it lives. */
  end = undefined;
  /** Answers pings, as every honest client does. */
  answersPings = true;

  #socket;
  #text = Buffer.alloc(0);
  #reader = undefined;
  #waiters = new Set();

  /**
   * `secure`: options of Node.js' tls.connect, for TLS. `preface`: what goes
   * before anything else, also before TLS.
   */
  static async connect({
    port, host = '127.0.0.1', localAddress, secure, preface,
  }) {
    const transport = net.connect({ port, host, localAddress, noDelay: true });
    await opening(transport, 'connect', `a connection to port ${port}`);
    if (preface !== undefined) transport.write(preface);
    if (!secure) return new RawClient(transport);
    const socket = tls.connect({ socket: transport, ...secure });
    await opening(socket, 'secureConnect', `TLS with port ${port}`);
    return new RawClient(socket, transport);
  }

  /** `transport`: what carries it, if that is another socket. */
  constructor(socket, transport = socket) {
    this.#socket = socket;
    this.transport = transport;
    socket.on('data', (chunk) => this.#take(chunk));
    // A reset is an end like others; tests look at `end`.
    socket.on('error', (error) => this.#finish(error.code ?? error.message));
    socket.on('end', () => this.#finish('end'));
    socket.on('close', () => this.#finish('closed'));
  }

  get socket() {
    return this.#socket;
  }

  // -- writing ----------------------------------------------------------------

  write(data) {
    return this.#socket.write(data);
  }

  /** Frames of `encodeFrame`'s parameters, in one write. */
  send(...frames) {
    return this.write(Buffer.concat(frames.map((f) => encodeFrame(f))));
  }

  sendText(...texts) {
    return this.write(Buffer.concat(texts.map((text) => textFrame(text))));
  }

  sendJson(...values) {
    return this.sendText(...values.map((value) => JSON.stringify(value)));
  }

  sendClose(code, reason) {
    return this.write(closeFrame(code, reason));
  }

  // -- the handshake ----------------------------------------------------------

  /**
   * Sends the upgrade request and returns the answer's head. `then` follows the
   * request in the same write. On 101, what comes after is read as frames.
   */
  async upgrade({ then = [], ...request } = {}) {
    const key = randomBytes(16).toString('base64');
    const head = Buffer.from(upgradeRequest({ key, ...request }));
    this.write(Buffer.concat([head, ...[then].flat()]));
    const answer = await this.response();
    if (answer.status === 101) {
      const accept = createHash('sha1').update(key + ACCEPT_GUID)
        .digest('base64');
      assert.equal(answer.headers['sec-websocket-accept'], accept);
    }
    return answer;
  }

  /** The next HTTP response: {status, reason, headers, body}. */
  async response({ head = false, deadlineMs = DEADLINE_MS } = {}) {
    const headEnd = await this.#await(() => {
      const at = this.#text.indexOf('\r\n\r\n');
      return at < 0 ? undefined : at + 4;
    }, 'an HTTP response', deadlineMs);
    const [statusLine, ...lines] =
      this.#text.subarray(0, headEnd - 4).toString('latin1').split('\r\n');
    const [, status, reason] = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(statusLine)
      ?? assert.fail(`not a status line: ${statusLine}`);
    const headers = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
    }
    const answer = { status: Number(status), reason, headers, body: '' };
    if (answer.status === 101) {
      const rest = this.#text.subarray(headEnd);
      this.#text = Buffer.alloc(0);
      this.#reader = new FrameReader();
      if (rest.length > 0) this.#takeFrames(rest);
      return answer;
    }
    const size = head ? 0 : Number(headers['content-length'] ?? 0);
    await this.#await(() => this.#text.length >= headEnd + size || undefined,
      'the body of an HTTP response', deadlineMs);
    answer.body = this.#text.subarray(headEnd, headEnd + size).toString();
    this.#text = this.#text.subarray(headEnd + size);
    return answer;
  }

  // -- reading ----------------------------------------------------------------

  /** The next frame that is no ping; fails if the connection ends first. */
  async frame(what = 'a frame', deadlineMs = DEADLINE_MS) {
    await this.#await(() => this.frames.length > 0 || undefined, what,
      deadlineMs);
    const frame = this.frames.shift();
    assert.equal(frame.masked, false, 'a server must not mask');
    assert.equal(frame.rsv, 0, 'no extension was agreed on');
    return frame;
  }

  /** The next frame's text; fails if it is anything but one whole text. */
  async text(what = 'a text frame', deadlineMs = DEADLINE_MS) {
    const frame = await this.frame(what, deadlineMs);
    if (frame.opcode === CLOSE) {
      assert.fail(`closed while waiting for ${what}: ${describe(frame)}`);
    }
    assert.equal(frame.opcode, TEXT);
    assert.equal(frame.fin, true);
    return frame.payload.toString('utf8');
  }

  async texts(count, what = 'text frames') {
    const all = [];
    while (all.length < count) {
      all.push(await this.text(`${what} (${all.length} of ${count} came)`));
    }
    return all;
  }

  /** Fails unless the very next frame is a close: {code, reason}. */
  async close(what = 'a close frame', deadlineMs = DEADLINE_MS) {
    const frame = await this.frame(what, deadlineMs);
    if (frame.opcode !== CLOSE) {
      assert.fail(`instead of a close frame came ${describe(frame)}`);
    }
    return closeOf(frame);
  }

  /** Takes frames until a close comes; returns it and what came before. */
  async untilClose(deadlineMs = DEADLINE_MS) {
    const before = [];
    for (;;) {
      const frame = await this.frame('a close frame', deadlineMs);
      if (frame.opcode === CLOSE) return { ...closeOf(frame), before };
      before.push(frame);
    }
  }

  async pong() {
    const frame = await this.frame('a pong');
    assert.equal(frame.opcode, PONG);
    return frame.payload;
  }

  /** Waits until the server has ended the connection, however. */
  async ended(deadlineMs = DEADLINE_MS) {
    await this.#await(() => this.end, 'the end of the connection', deadlineMs,
      true);
    return this.end;
  }

  /** Answers a close as an honest client does, and waits for the end. */
  async finishClosing(code) {
    if (!this.end) this.sendClose(code);
    await this.ended();
  }

  // -- leaving ----------------------------------------------------------------

  /** The cable is pulled: nothing is read and nothing is answered any more. */
  goDeaf() {
    this.#socket.pause();
  }

  listenAgain() {
    this.#socket.resume();
  }

  /** Drops the connection without a close frame. */
  drop() {
    this.#socket.destroy();
  }

  /** Drops it with a TCP reset. */
  reset() {
    this.transport.resetAndDestroy();
  }

  // -- inside -----------------------------------------------------------------

  #take(chunk) {
    if (this.#reader) {
      this.#takeFrames(chunk);
    } else {
      this.#text = Buffer.concat([this.#text, chunk]);
    }
    this.#wake();
  }

  #takeFrames(chunk) {
    for (const frame of this.#reader.push(chunk)) {
      if (frame.opcode !== PING) {
        this.frames.push(frame);
        continue;
      }
      this.pings += 1;
      if (this.answersPings && !this.#socket.destroyed) {
        this.send({ opcode: PONG, payload: frame.payload });
      }
    }
  }

  #finish(how) {
    this.end ??= how;
    this.#wake();
  }

  #wake() {
    for (const waiter of this.#waiters) waiter();
  }

  #await(look, what, deadlineMs, endIsFine = false) {
    const found = look();
    if (found !== undefined) return found;
    return new Promise((resolve, reject) => {
      const settle = (action) => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        action();
      };
      const waiter = () => {
        const value = look();
        if (value !== undefined) settle(() => resolve(value));
        else if (this.end && !endIsFine) {
          const error = new Error(
            `the connection ended (${this.end}) before ${what} came`);
          settle(() => reject(error));
        }
      };
      const timer = setTimeout(
        () => settle(() => reject(
          new Error(`waited ${deadlineMs} ms for ${what}`))),
        deadlineMs);
      this.#waiters.add(waiter);
      waiter();
    });
  }
}

function opening(socket, event, what) {
  return within(
    new Promise((resolve, reject) => {
      socket.once(event, resolve);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error(`closed before ${what}`)));
    }),
    what);
}

export function closeOf(frame) {
  if (frame.payload.length === 0) return { code: undefined, reason: '' };
  return {
    code: frame.payload.readUInt16BE(0),
    reason: frame.payload.subarray(2).toString('utf8'),
  };
}

function describe(frame) {
  if (frame.opcode === CLOSE) return `close ${JSON.stringify(closeOf(frame))}`;
  if (frame.opcode === TEXT || frame.opcode === BINARY) {
    const text = frame.payload.toString('utf8');
    return `a message: ${text.slice(0, 200)}`;
  }
  return `a frame with opcode ${frame.opcode}`;
}
