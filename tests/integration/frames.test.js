// WebSocket itself (RFC 6455): fragments, control frames, and everything a
// client must not do.

import assert from 'node:assert/strict';
import test from 'node:test';

import {
  BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, closeFrame, encodeFrame,
  textFrame,
} from './support/frames.js';
import {
  PEER_DISCONNECTED, assertNothingBefore, marker, messageOfSize, offer,
} from './support/messages.js';
import { withNode } from './support/server.js';
import { SANITIZED } from './support/until.js';

test('frames: text in fragments with pings between arrives whole', withNode({},
  async (server) => {
    const [receiver, sender] = await server.sessions('room', 2);
    const text = offer();
    sender.send({ fin: false, opcode: TEXT, payload: text.slice(0, 9) });
    sender.send({ opcode: PING, payload: 'one' });
    assert.equal((await sender.pong()).toString(), 'one');
    sender.send({ fin: false, opcode: CONTINUATION, payload: '' });
    const middle = text.slice(9, 12);
    sender.send({ fin: false, opcode: CONTINUATION, payload: middle });
    sender.send({ opcode: PING, payload: '' });
    assert.equal((await sender.pong()).toString(), '');
    sender.send({ opcode: PONG, payload: 'nobody asked' });
    sender.send({ opcode: CONTINUATION, payload: text.slice(12) });
    assert.equal(await receiver.text(), text);
  }));

test('frames: 64 KiB in one-byte fragments arrive whole', withNode({},
  async (server) => {
    const [receiver, sender] = await server.sessions('room', 2);
    const text = messageOfSize(65536);
    const frames = Array.from(text, (byte, at) => encodeFrame({
      fin: at === text.length - 1,
      opcode: at === 0 ? TEXT : CONTINUATION,
      payload: byte,
    }));
    sender.write(Buffer.concat(frames));
    assert.equal(await receiver.text(), text);
  }));

test('frames: a letter cut by a fragment is still that letter', withNode({},
  async (server) => {
    const [receiver, sender] = await server.sessions('room', 2);
    const bytes = Buffer.from('{"type":"offer","sdp":"🎉"}');
    const cut = bytes.indexOf(0xf0) + 2;
    sender.send({ fin: false, payload: bytes.subarray(0, cut) });
    sender.send({ opcode: CONTINUATION, payload: bytes.subarray(cut) });
    assert.equal(await receiver.text(), '{"type":"offer","sdp":"🎉"}');
  }));

test('frames: binary in fragments arrives as one text', withNode({},
  async (server) => {
    const [receiver, sender] = await server.sessions('room', 2);
    sender.send({ fin: false, opcode: BINARY, payload: offer().slice(0, 5) });
    sender.send({ opcode: CONTINUATION, payload: offer().slice(5) });
    assert.equal(await receiver.text(), offer());
  }));

test('frames: empty fragments are fine', withNode({}, async (server) => {
  const [receiver, sender] = await server.sessions('room', 2);
  sender.send({ fin: false, payload: '' });
  sender.send({ fin: false, opcode: CONTINUATION, payload: offer() });
  sender.send({ opcode: CONTINUATION, payload: '' });
  assert.equal(await receiver.text(), offer());
}));

test('frames: a ping of 125 bytes is answered with the same', withNode({},
  async (server) => {
    const client = await server.session('room');
    client.send({ opcode: PING, payload: 'p'.repeat(125) });
    assert.equal((await client.pong()).toString(), 'p'.repeat(125));
  }));

test('frames: a mask of zeros is a mask', withNode({}, async (server) => {
  const [receiver, sender] = await server.sessions('room', 2);
  sender.send({ maskKey: Buffer.alloc(4), payload: offer() });
  assert.equal(await receiver.text(), offer());
}));

// -- what ends the session, and with which code -------------------------------

const utf8 = (hex) => Buffer.concat([
  Buffer.from('{"type":"offer","sdp":"'), Buffer.from(hex, 'hex'),
  Buffer.from('"}'),
]);

// name -> [close code, bytes]
const VIOLATIONS = {
  'garbage': [1002, Buffer.from('ff00ff00', 'hex')],
  'a frame that is not masked': [1002, textFrame(offer(), { mask: false })],
  'a ping that is not masked':
    [1002, encodeFrame({ opcode: PING, mask: false })],
  'reserved bit 1': [1002, textFrame(offer(), { rsv: 4 })],
  'reserved bit 2': [1002, textFrame(offer(), { rsv: 2 })],
  'reserved bit 3': [1002, textFrame(offer(), { rsv: 1 })],
  'a reserved bit in a ping': [1002, encodeFrame({ opcode: PING, rsv: 4 })],
  'opcode 3': [1002, encodeFrame({ opcode: 3, payload: offer() })],
  'opcode 7': [1002, encodeFrame({ opcode: 7 })],
  'opcode 11': [1002, encodeFrame({ opcode: 11 })],
  'opcode 15': [1002, encodeFrame({ opcode: 15 })],
  'a ping of 126 bytes':
    [1002, encodeFrame({ opcode: PING, payload: 'p'.repeat(126) })],
  'a pong of 126 bytes':
    [1002, encodeFrame({ opcode: PONG, payload: 'p'.repeat(126) })],
  'a close of 126 bytes': [1002, closeFrame(1000, 'r'.repeat(124))],
  'a ping in fragments': [1002, encodeFrame({ opcode: PING, fin: false })],
  'a close in fragments': [1002, closeFrame(1000, '', { fin: false })],
  'a continuation of nothing':
    [1002, encodeFrame({ opcode: CONTINUATION, payload: offer() })],
  'a text inside a text': [1002, Buffer.concat([
    textFrame('{"type"', { fin: false }), textFrame(offer()),
  ])],
  'a length written longer than needed':
    [1002, textFrame(offer(), { lengthForm: 16 })],
  'a length of 64 bits where 16 would do':
    [1002, textFrame(messageOfSize(200), { lengthForm: 64 })],
  'a close of one byte':
    [1002, encodeFrame({ opcode: CLOSE, payload: Buffer.from([3]) })],
  ...Object.fromEntries(
    [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]
      .map((code) => [`a close with code ${code}`, [1002, closeFrame(code)]])),
  'a close whose reason is no UTF-8':
    [1007, closeFrame(1000, Buffer.from('c328', 'hex'))],
  'a text that is no UTF-8': [1007, textFrame(utf8('c328'))],
  'a text with an overlong letter': [1007, textFrame(utf8('c0af'))],
  'a text with a surrogate in UTF-8': [1007, textFrame(utf8('eda080'))],
  'a text with a letter past U+10FFFF': [1007, textFrame(utf8('f4908080'))],
  'a text that ends inside a letter':
    [1007, textFrame(Buffer.from('e282', 'hex'))],
  'fragments that are no UTF-8 together': [1007, Buffer.concat([
    textFrame(Buffer.from('22e2', 'hex'), { fin: false }),
    encodeFrame({ opcode: CONTINUATION, payload: '"' }),
  ])],
  'a frame over MESSAGE_MAX_BYTES': [1009, textFrame(messageOfSize(65537))],
  'the head of a frame of a terabyte':
    [1009, textFrame('x', { declaredLength: 2n ** 40n })],
  // RFC 6455 §5.2 wants this bit to be 0, and no frame is as long as this says.
  'a length with its highest bit set':
    [1009, textFrame('x', { declaredLength: 2n ** 63n })],
  'fragments that together are over MESSAGE_MAX_BYTES': [1009, Buffer.concat([
    textFrame('x'.repeat(40_000), { fin: false }),
    encodeFrame({ opcode: CONTINUATION, payload: 'x'.repeat(40_000) }),
  ])],
};

for (const [what, [code, bytes]] of Object.entries(VIOLATIONS)) {
  test(`frames: ${what} is closed with ${code}`, withNode({},
    async (server) => {
      const [witness, other] = await server.sessions('room', 2);
      const offender = await server.session('room');
      offender.write(bytes);
      assert.equal((await offender.close()).code, code);
      await offender.ended();
      assert.deepEqual(offender.frames, []);
      // Whatever it was, it was not relayed, and the leave is heard once.
      assert.equal(await witness.text(), PEER_DISCONNECTED);
      await assertNothingBefore(witness, other);
    }));
}

test('frames: garbage that looks like half a header ends at a heartbeat',
  withNode({ env: { HEARTBEAT_INTERVAL_MS: '300' } }, async (server) => {
    const [witness, other] = await server.sessions('room', 2);
    const offender = await server.session('room');
    offender.write(Buffer.from('ffffffff', 'hex'));
    await offender.ended();
    assert.equal(await witness.text(), PEER_DISCONNECTED);
    await assertNothingBefore(witness, other);
  }));

test('frames: nothing behind a violation is heard', withNode({},
  async (server) => {
    const [witness, offender] = await server.sessions('room', 2);
    offender.write(Buffer.concat([
      textFrame(marker('before')),
      encodeFrame({ opcode: 3 }),
      textFrame(marker('behind')),
    ]));
    assert.equal(await witness.text(), marker('before'));
    assert.equal(await witness.text(), PEER_DISCONNECTED);
    assert.equal((await offender.close()).code, 1002);
  }));

test('frames: every kind of message keeps its place, however it is cut',
  withNode({}, async (server) => {
    const [receiver, sender] = await server.sessions('room', 2);
    const part = marker('in fragments');
    const texts = [];
    const frames = [];
    const add = (text, ...bytes) => { texts.push(text); frames.push(...bytes); };
    for (let i = 0; i < 20; ++i) {
      add(marker(`plain ${i}`), textFrame(marker(`plain ${i}`)));
      add(part, textFrame(part.slice(0, 5), { fin: false }),
        encodeFrame({ opcode: PONG, payload: 'nobody asked' }),
        encodeFrame({ opcode: CONTINUATION, payload: part.slice(5) }));
      add(marker(`letter é ${i}`), textFrame(marker(`letter é ${i}`)));
      add(marker(`binary ${i}`),
        encodeFrame({ opcode: BINARY, payload: marker(`binary ${i}`) }));
      add(marker('x'.repeat(300)), encodeFrame({ opcode: PONG, payload: '' }),
        textFrame(marker('x'.repeat(300))));
    }
    const bytes = Buffer.concat(frames);
    for (const size of [bytes.length, 1, 2, 7, 61, 500]) {
      for (let at = 0; at < bytes.length; at += size) {
        sender.write(bytes.subarray(at, at + size));
        if (size > 1 || at % 97 === 0) await new Promise(setImmediate);
      }
      assert.deepEqual(await receiver.texts(texts.length), texts);
    }
  }));

test('frames: the beginning of a frame costs next to nothing', withNode({},
  async (server) => {
    const all = [];
    for (let i = 0; i < 200; ++i) all.push(await server.session(`room-${i}`));
    const before = server.residentBytes();
    for (const client of all) client.write(Buffer.from([0x81]));
    await server.untilMetric('signaling_active_connections', all.length);
    for (const client of all) client.write(Buffer.from([0x80]));
    await server.untilMetric('signaling_active_connections', all.length);
    const grown = server.residentBytes() - before;
    if (!SANITIZED) assert.ok(grown < 4e6, `grown by ${grown} bytes`);
  }));

test('frames: megabytes and then garbage, or an end, are heard up to there',
  withNode({}, async (server) => {
    const [witness, other] = await server.sessions('room', 2);
    const blast = Array.from({ length: 500 }, (_, i) =>
      marker(`${i} ${'x'.repeat(8000)}`));
    for (const ending of [Buffer.from('ff00ff00', 'hex'), undefined]) {
      const sender = await server.session('room');
      sender.write(Buffer.concat(blast.map((text) => textFrame(text))));
      if (ending) sender.write(ending);
      sender.socket.end();
      assert.deepEqual(await witness.texts(blast.length), blast);
      assert.equal(await witness.text(), PEER_DISCONNECTED);
      assert.deepEqual(await other.texts(blast.length), blast);
      assert.equal(await other.text(), PEER_DISCONNECTED);
    }
    await assertNothingBefore(witness, other);
  }));

// -- closing ------------------------------------------------------------------

for (const code of [1000, 1001, 3000, 4999]) {
  test(`frames: a close with ${code} is answered with the same`, withNode({},
    async (server) => {
      const client = await server.session('room');
      client.sendClose(code, 'that was all');
      assert.equal((await client.close()).code, code);
      assert.equal(await client.ended(), 'end');
    }));
}

test('frames: a close without a code is answered', withNode({},
  async (server) => {
    const client = await server.session('room');
    client.sendClose();
    assert.deepEqual(await client.close(), { code: undefined, reason: '' });
    assert.equal(await client.ended(), 'end');
  }));

test('frames: nothing behind a close is heard', withNode({}, async (server) => {
  const [witness, leaver] = await server.sessions('room', 2);
  leaver.write(Buffer.concat([
    textFrame(marker('before')), closeFrame(1000), textFrame(marker('behind')),
  ]));
  assert.equal(await witness.text(), marker('before'));
  assert.equal(await witness.text(), PEER_DISCONNECTED);
  const other = await server.session('room');
  await assertNothingBefore(witness, other);
}));
