// Messages as clients send them, and the notices of the node.

import assert from 'node:assert/strict';

import { TEXT } from './frames.js';

export const SCHEMA_ERROR = '{"type":"control","action":"schema-error"}';
export const PEER_DISCONNECTED = '{"type":"peer-disconnected"}';

/** A small valid message that tells itself apart. */
export const marker = (name) =>
  JSON.stringify({ type: 'control', action: 'marker', payload: name });

export const candidate = (number) => JSON.stringify({
  type: 'candidate',
  candidate: `candidate:${number} 1 udp 2122260223 192.0.2.1 ${50000 + number}`
    + ' typ host generation 0 ufrag 4ZcD network-id 1',
  sdpMid: '0',
  sdpMLineIndex: 0,
});

export const offer = (name = 'v=0') =>
  JSON.stringify({ type: 'offer', sdp: `v=0\r\ns=${name}\r\n` });

/** A valid message of exactly `bytes` bytes. */
export function messageOfSize(bytes) {
  const empty = '{"type":"offer","sdp":""}';
  return `{"type":"offer","sdp":"${'x'.repeat(bytes - empty.length)}"}`;
}

/**
 * Fails unless nothing reached `receiver` from anybody else before `sender`'s
 * marker: what should not arrive has not arrived, without waiting.
 */
export async function assertNothingBefore(receiver, sender, name = 'end') {
  const text = marker(name);
  sender.sendText(text);
  assert.equal(await receiver.text(`the marker "${name}"`), text);
}

/** How many of the frames that came and were not taken yet say `text`. */
export function countOf(client, text) {
  return client.frames.filter((frame) =>
    frame.opcode === TEXT && frame.payload.toString() === text).length;
}
