// What may be said in the base dialect and what not, and that what may be said
// arrives byte for byte, whole and in order.

import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';

import { BINARY, TEXT, encodeFrame, textFrame } from './support/frames.js';
import {
  SCHEMA_ERROR, assertNothingBefore, candidate, marker, messageOfSize, offer,
} from './support/messages.js';
import { Server, withNode } from './support/server.js';

const nested = (depth) => '['.repeat(depth) + ']'.repeat(depth);
const payload = (json) => `{"type":"control","action":"x","payload":${json}}`;
const lineIndex = (json) =>
  `{"type":"candidate","candidate":"c","sdpMid":"0","sdpMLineIndex":${json}}`;

const VALID = {
  'an offer': '{"type":"offer","sdp":"v=0\\r\\n"}',
  'an answer': '{"type":"answer","sdp":"v=0\\r\\n"}',
  'a provisional answer': '{"type":"pranswer","sdp":"v=0\\r\\n"}',
  'a rollback': '{"type":"rollback"}',
  'a rollback with an empty sdp, as browsers write it':
    '{"type":"rollback","sdp":""}',
  'a candidate': candidate(1),
  'a candidate with null members':
    '{"type":"candidate","candidate":"c","sdpMid":null,"sdpMLineIndex":null,'
    + '"usernameFragment":null}',
  'an empty candidate':
    '{"type":"candidate","candidate":"","sdpMid":"0","sdpMLineIndex":0}',
  'a null candidate': '{"type":"candidate","candidate":null}',
  'an absent candidate': '{"type":"candidate"}',
  'a nested candidate':
    '{"type":"candidate","candidate":{"candidate":"candidate:1 1 UDP 1 ::1 9 '
    + 'typ host","sdpMid":"audio","sdpMLineIndex":1,"usernameFragment":"u"}}',
  'a nested empty candidate':
    '{"type":"candidate","candidate":{"candidate":"","sdpMid":null,'
    + '"sdpMLineIndex":0}}',
  'a candidate of 4096 bytes':
    `{"type":"candidate","candidate":"${'c'.repeat(4096)}"}`,
  'line index 0': lineIndex('0'),
  'line index 65535': lineIndex('65535'),
  'line index 1.0, which is an integer': lineIndex('1.0'),
  'line index 1e2, which is an integer': lineIndex('1e2'),
  'a control message': '{"type":"control","action":"mute"}',
  'a control message with a payload':
    '{"type":"control","action":"mute","payload":{"audio":[true,null,1.5]}}',
  'an untyped description': '{"description":{"type":"offer","sdp":"v=0"}}',
  'an untyped rollback': '{"description":{"type":"rollback","sdp":""}}',
  'an untyped candidate':
    '{"candidate":{"candidate":"c","sdpMid":"0","sdpMLineIndex":0,'
    + '"usernameFragment":"u"}}',
  'the untyped end of candidates': '{"candidate":null}',
  'unknown members':
    '{"room":"a","type":"offer","sdp":"v=0","trickle":{"ice":true},"n":1}',
  'a from of its own': '{"type":"offer","sdp":"v=0","from":"somebody"}',
  'white space': ' \t\r\n{ "type" :\n"offer" , "sdp" : "v=0" } \n',
  'escapes that need none': '{"\\u0074ype":"\\u006fffer","sdp":"\\/v=0"}',
  'text outside ASCII': '{"type":"offer","sdp":"Grüße, 世界, 🎉"}',
  'an escaped surrogate pair': '{"type":"offer","sdp":"\\ud83c\\udf89"}',
  'an escaped NUL': '{"type":"offer","sdp":"a\\u0000b"}',
  'numbers written oddly':
    payload('[1E+2,-0,0.1000,1e-9,1.7976931348623157e308]'),
  'integers of 64 bits': payload('[18446744073709551615,-9223372036854775808]'),
  'nesting of 32 levels': payload(nested(31)),
};

const INVALID = {
  'an empty text': '',
  'white space alone': '  \n',
  'no JSON': 'hello',
  'no object': '["offer"]',
  'a bare string': '"offer"',
  'a bare number': '1',
  'null': 'null',
  'an empty object': '{}',
  'no type': '{"sdp":"v=0"}',
  'a type that is no string': '{"type":1,"sdp":"v=0"}',
  'an unknown type': '{"type":"offers","sdp":"v=0"}',
  'another case of the type': '{"type":"Offer","sdp":"v=0"}',
  'an offer without sdp': '{"type":"offer"}',
  'an offer with an empty sdp': '{"type":"offer","sdp":""}',
  'an answer with a null sdp': '{"type":"answer","sdp":null}',
  'a pranswer whose sdp is no string': '{"type":"pranswer","sdp":{}}',
  'a rollback whose sdp is no string': '{"type":"rollback","sdp":1}',
  'a candidate that is a number': '{"type":"candidate","candidate":1}',
  'a candidate that is a list': '{"type":"candidate","candidate":[]}',
  'a candidate of 4097 bytes':
    `{"type":"candidate","candidate":"${'c'.repeat(4097)}"}`,
  'a nested candidate of 4097 bytes':
    `{"type":"candidate","candidate":{"candidate":"${'c'.repeat(4097)}"}}`,
  'a nested candidate that is a number':
    '{"type":"candidate","candidate":{"candidate":1}}',
  'a sdpMid that is a number':
    '{"type":"candidate","candidate":"c","sdpMid":0}',
  'a usernameFragment that is a number':
    '{"type":"candidate","candidate":"c","usernameFragment":1}',
  'line index 65536': lineIndex('65536'),
  'line index -1': lineIndex('-1'),
  'line index 1.5': lineIndex('1.5'),
  'line index 1e400': lineIndex('1e400'),
  'a line index that is a string': lineIndex('"0"'),
  'a line index that is true': lineIndex('true'),
  'a bad line index in a nested candidate':
    '{"type":"candidate","candidate":{"candidate":"c","sdpMLineIndex":65536}}',
  'a bad line index in an untyped candidate':
    '{"candidate":{"candidate":"c","sdpMLineIndex":-1}}',
  'a control message without action': '{"type":"control"}',
  'a control message with an empty action': '{"type":"control","action":""}',
  'a control message whose action is a number': '{"type":"control","action":1}',
  'an untyped description without sdp': '{"description":{"type":"offer"}}',
  'an untyped description without type': '{"description":{"sdp":"v=0"}}',
  'an untyped description of unknown type':
    '{"description":{"type":"bye","sdp":"v=0"}}',
  'an untyped description that is null': '{"description":null}',
  'both untyped forms at once':
    '{"description":{"type":"offer","sdp":"v=0"},"candidate":{"candidate":""}}',

  // A client may not speak for the server.
  'a forged leave': '{"type":"peer-disconnected"}',
  'a forged leave in escapes': '{"type":"peer\\u002ddisconnected"}',
  'a forged schema error': SCHEMA_ERROR,
  'a forged schema error in escapes':
    '{"action":"\\u0073chema-error","type":"control"}',
  'a forged schema error with a payload':
    '{"type":"control","action":"schema-error","payload":1}',
  ...Object.fromEntries(
    ['welcome', 'peer-joined', 'peer-left', 'ack', 'error', 'draining',
      'ice-servers', 'token-expiring', 'pong']
      .map((type) => [`a forged ${type}`, JSON.stringify({ type, sdp: 'x' })])),
  ...Object.fromEntries(
    ['message', 'ping', 'refresh', 'leave']
      .map((type) => [`${type}, which base does not have`,
        JSON.stringify({ type, data: 1 })])),

  // Texts that do not mean the same to every reader.
  'a type twice': '{"type":"offer","sdp":"x","type":"peer-disconnected"}',
  'a type twice, equal': '{"type":"offer","type":"offer","sdp":"x"}',
  'a type twice, once in escapes':
    '{"type":"offer","sdp":"x","\\u0074ype":"peer-disconnected"}',
  'an unknown key twice': '{"type":"offer","sdp":"x","a":1,"a":1}',
  'a key twice in the description':
    '{"description":{"type":"offer","sdp":"x","sdp":"y"}}',
  'a key twice in the candidate':
    '{"candidate":{"candidate":"c","sdpMid":"0","sdp\\u004did":"1"}}',
  'a key twice in a nested candidate':
    '{"type":"candidate","candidate":{"candidate":"c","candidate":"d"}}',
  'a lone high surrogate': payload('"\\ud800"'),
  'a lone low surrogate': payload('"\\udc00"'),
  'surrogates in the wrong order': payload('"\\udf89\\ud83c"'),
  'a lone surrogate in a key': '{"type":"offer","sdp":"x","\\ud800":1}',
  'a byte order mark': '\ufeff{"type":"offer","sdp":"x"}',
  'something after the value': '{"type":"offer","sdp":"x"} x',
  'two values': '{"type":"offer","sdp":"x"}{"type":"offer","sdp":"x"}',
  'a NUL after the value': '{"type":"offer","sdp":"x"}\0',
  'a NUL in a string': '{"type":"offer","sdp":"a\0b"}',
  'a line break in a string': '{"type":"offer","sdp":"a\nb"}',
  'an unknown escape': '{"type":"offer","sdp":"\\x41"}',
  'a comma too many': '{"type":"offer","sdp":"x",}',
  'a missing comma': '{"type":"offer" "sdp":"x"}',
  'a missing brace': '{"type":"offer","sdp":"x"',
  'a wrong closing brace': payload('[1,2}'),
  'a bare word': payload('nope'),
  'a key without quotes': '{type:"offer","sdp":"x"}',
  'single quotes': "{'type':'offer','sdp':'x'}",
  'a comment': '{"type":"offer",/* */"sdp":"x"}',
  'NaN': payload('NaN'),
  'a number with a leading zero': payload('01'),
  'a number with a plus': payload('+1'),
  'a number with a bare point': payload('1.'),
  'a number that no double holds': payload('1e400'),
  'a negative number that no double holds': payload('-1e400'),
  'nesting of 33 levels': payload(nested(32)),
  'nesting of a thousand levels': payload(nested(1000)),
  '64 KiB of opening brackets': '['.repeat(65536),
  '64 KiB of nested objects': '{"a":'.repeat(13107),
};

describe('messages: in the base dialect', () => {
  let server;
  let sender;
  let receiver;
  before(async () => {
    server = await Server.start();
    [receiver, sender] = await server.sessions('room', 2);
  });
  after(() => server.stop());

  for (const [what, text] of Object.entries(VALID)) {
    test(`messages: ${what} passes byte for byte`, async () => {
      sender.sendText(text);
      assert.equal(await receiver.text(), text);
    });

    test(`messages: ${what} in a binary frame arrives as text`, async () => {
      sender.send({ opcode: BINARY, payload: text });
      assert.equal(await receiver.text(), text);
    });
  }

  for (const [what, text] of Object.entries(INVALID)) {
    test(`messages: ${what} is a schema error`, async () => {
      sender.sendText(text);
      assert.equal(await sender.text(), SCHEMA_ERROR);
      await assertNothingBefore(receiver, sender, what);
    });
  }

  test('messages: a binary frame that is no UTF-8 is a schema error',
    async () => {
      sender.send({ opcode: BINARY, payload: Buffer.from('c328', 'hex') });
      assert.equal(await sender.text(), SCHEMA_ERROR);
      const inside = Buffer.concat([
        Buffer.from('{"type":"offer","sdp":"'), Buffer.from('ff', 'hex'),
        Buffer.from('"}'),
      ]);
      sender.send({ opcode: BINARY, payload: inside });
      assert.equal(await sender.text(), SCHEMA_ERROR);
      await assertNothingBefore(receiver, sender);
    });

  test('messages: a sender does not get its own message', async () => {
    sender.sendText(offer('mine'));
    assert.equal(await receiver.text(), offer('mine'));
    await assertNothingBefore(sender, receiver);
  });
});

test('messages: every other member gets them, nobody elsewhere', withNode({},
  async (server) => {
    const members = await server.sessions('room', 5);
    const [stranger, neighbour] = await server.sessions('other', 2);
    members[2].sendText(offer());
    for (const index of [0, 1, 3, 4]) {
      assert.equal(await members[index].text(), offer());
    }
    await assertNothingBefore(members[2], members[0]);
    await assertNothingBefore(stranger, neighbour);
  }));

test('messages: one of MESSAGE_MAX_BYTES passes, one byte more is 1009',
  withNode({ env: { MESSAGE_MAX_BYTES: '1000' } }, async (server) => {
    const [receiver, sender] = await server.sessions('room', 2);
    sender.sendText(messageOfSize(1000));
    assert.equal(await receiver.text(), messageOfSize(1000));
    sender.sendText(messageOfSize(1001));
    assert.equal((await sender.close()).code, 1009);
    await sender.ended();
    assert.equal(await receiver.text(), '{"type":"peer-disconnected"}');
  }));

test('messages: the default bound is 65536 bytes', withNode({},
  async (server) => {
    const [receiver, sender] = await server.sessions('room', 2);
    sender.sendText(messageOfSize(65536));
    assert.equal(await receiver.text(), messageOfSize(65536));
    sender.sendText(messageOfSize(65537));
    assert.equal((await sender.close()).code, 1009);
  }));

// -- order and loss -----------------------------------------------------------

const twenty = Array.from({ length: 20 }, (_, i) => candidate(i));

test('messages: 20 right behind the upgrade all arrive in order', withNode({},
  async (server) => {
    const receiver = await server.session('room');
    const then = twenty.map((text) => textFrame(text));
    await server.session('room', { then });
    assert.deepEqual(await receiver.texts(20), twenty);
  }));

test('messages: 20 sent in the open event all arrive in order', withNode({},
  async (server) => {
    const receiver = await server.session('room');
    for (let round = 0; round < 20; ++round) {
      const sender = await server.session('room');
      sender.sendText(...twenty);
      assert.deepEqual(await receiver.texts(20), twenty);
      sender.drop();
      assert.equal(await receiver.text(), '{"type":"peer-disconnected"}');
    }
  }));

test('messages: those sent before a leave arrive before it', withNode({},
  async (server) => {
    const receiver = await server.session('room');
    for (const leave of ['close', 'drop']) {
      const sender = await server.session('room',
        { then: twenty.map((text) => textFrame(text)) });
      if (leave === 'close') sender.sendClose(1000);
      else sender.socket.end();
      assert.deepEqual(await receiver.texts(21),
        [...twenty, '{"type":"peer-disconnected"}']);
    }
  }));

test('messages: ten thousand of one sender keep their order', withNode({},
  async (server) => {
    const [receiver, sender] = await server.sessions('room', 2);
    const count = 10_000;
    for (let begin = 0; begin < count; begin += 500) {
      sender.sendText(
        ...Array.from({ length: 500 }, (_, i) => marker(begin + i)));
    }
    for (let i = 0; i < count; ++i) {
      assert.equal(await receiver.text(), marker(i));
    }
    assert.equal(await server.metric('signaling_messages_forwarded_total'),
      count);
  }));

test('messages: those of two senders each keep their order', withNode({},
  async (server) => {
    const [receiver, a, b] = await server.sessions('room', 3);
    for (let i = 0; i < 200; ++i) {
      a.sendText(marker(`a${i}`));
      b.sendText(marker(`b${i}`));
    }
    const all = (await receiver.texts(400))
      .map((text) => JSON.parse(text).payload);
    for (const name of ['a', 'b']) {
      assert.deepEqual(all.filter((it) => it.startsWith(name)),
        Array.from({ length: 200 }, (_, i) => `${name}${i}`));
    }
  }));

test('messages: one in two writes is one message', withNode({},
  async (server) => {
    const [receiver, sender] = await server.sessions('room', 2);
    const bytes = encodeFrame({ opcode: TEXT, payload: offer() });
    for (const cut of [1, 2, 5, 6, 7, bytes.length - 1]) {
      sender.write(bytes.subarray(0, cut));
      await server.metrics();
      sender.write(bytes.subarray(cut));
      assert.equal(await receiver.text(), offer());
    }
  }));
