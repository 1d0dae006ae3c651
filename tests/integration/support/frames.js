// WebSocket frames (RFC 6455 §5.2), written and read by hand: the tests must be
// able to say what no library lets them say.

import { randomBytes } from 'node:crypto';

export const CONTINUATION = 0x0;
export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

/**
 * One frame as bytes. Everything a careful client gets right by itself can be
 * chosen wrongly here: `rsv` (0..7), `mask` (false: in the clear), `lengthForm`
 * (7, 16 or 64 bits, default the shortest), `declaredLength` (default the true
 * one), `opcode` (0..15).
 */
export function encodeFrame({
  fin = true,
  rsv = 0,
  opcode = TEXT,
  mask = true,
  maskKey,
  payload = '',
  lengthForm,
  declaredLength,
} = {}) {
  const body = Buffer.from(payload);
  const length = BigInt(declaredLength ?? body.length);
  const form = lengthForm ?? (length < 126n ? 7 : length < 65536n ? 16 : 64);
  const lengthBytes = form === 7 ? 0 : form === 16 ? 2 : 8;
  const header = Buffer.alloc(2 + lengthBytes + (mask ? 4 : 0));
  header[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  header[1] = mask ? 0x80 : 0;
  if (form === 7) header[1] |= Number(length);
  if (form === 16) {
    header[1] |= 126;
    header.writeUInt16BE(Number(length), 2);
  }
  if (form === 64) {
    header[1] |= 127;
    header.writeBigUInt64BE(length, 2);
  }
  if (!mask) return Buffer.concat([header, body]);
  const key = maskKey ?? randomBytes(4);
  key.copy(header, 2 + lengthBytes);
  const masked = Buffer.alloc(body.length);
  for (let i = 0; i < body.length; ++i) masked[i] = body[i] ^ key[i & 3];
  return Buffer.concat([header, masked]);
}

export const textFrame = (text, more) =>
  encodeFrame({ opcode: TEXT, payload: text, ...more });

export const jsonFrame = (value, more) =>
  textFrame(JSON.stringify(value), more);

/** `code` undefined: a close frame without a body. */
export function closeFrame(code, reason = '', more = {}) {
  const body = Buffer.concat([Buffer.alloc(2), Buffer.from(reason)]);
  if (code !== undefined) body.writeUInt16BE(code, 0);
  return encodeFrame({
    opcode: CLOSE,
    payload: code === undefined ? '' : body,
    ...more,
  });
}

/** Cuts a byte stream into frames; keeps what is not whole yet. */
export class FrameReader {
  #chunks = [];
  #size = 0;

  /** Adds bytes and returns the frames that are whole now. */
  push(chunk) {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const frames = [];
    for (;;) {
      const frame = this.#take();
      if (!frame) return frames;
      frames.push(frame);
    }
  }

  /** Bytes of a frame that has begun and not ended. */
  get pending() {
    return this.#size;
  }

  #take() {
    const head = this.#peek(14);
    if (head.length < 2) return undefined;
    const masked = (head[1] & 0x80) !== 0;
    let length = head[1] & 0x7f;
    let offset = 2;
    if (length === 126) {
      if (head.length < 4) return undefined;
      length = head.readUInt16BE(2);
      offset = 4;
    } else if (length === 127) {
      if (head.length < 10) return undefined;
      length = Number(head.readBigUInt64BE(2));
      offset = 10;
    }
    if (masked) offset += 4;
    if (this.#size < offset + length) return undefined;
    const bytes = this.#flat();
    const payload = Buffer.from(bytes.subarray(offset, offset + length));
    const rest = bytes.subarray(offset + length);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
    return {
      fin: (head[0] & 0x80) !== 0,
      rsv: (head[0] >> 4) & 7,
      opcode: head[0] & 0x0f,
      masked,
      payload,
    };
  }

  #peek(count) {
    if (this.#chunks.length === 0) return Buffer.alloc(0);
    if (this.#chunks[0].length >= count) return this.#chunks[0];
    return this.#flat();
  }

  #flat() {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }
}
