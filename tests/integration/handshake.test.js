// The upgrade: who gets in, what a refused session is told, and that it can do
// nothing whatever it sends.

import assert from 'node:assert/strict';
import test from 'node:test';

import { textFrame } from './support/frames.js';
import {
  assertNothingBefore, candidate, marker, offer,
} from './support/messages.js';
import { upgradeRequest } from './support/raw_client.js';
import { withNode } from './support/server.js';
import { DEADLINE_MS, SANITIZED, until } from './support/until.js';
import { descriptorLimit } from './support/process_facts.js';

const room = (query) => ({ query });
const origin = (value) => ({ headers: { Origin: value } });
const offering = (...names) =>
  ({ headers: { 'Sec-WebSocket-Protocol': names } });
const closeFor = {
  roomId: { code: 1008, reason: 'Invalid roomId' },
  origin: { code: 1008, reason: 'Origin not allowed' },
  wss: { code: 1008, reason: 'WSS required' },
  required: { code: 1008, reason: 'Subprotocol required' },
  unsupported: { code: 1008, reason: 'Subprotocol not supported' },
};

// -- room ids -----------------------------------------------------------------

const BAD_ROOM_IDS = {
  'no query': '',
  'no roomId': '?room=a',
  'an empty roomId': '?roomId=',
  'a roomId without a value': '?roomId',
  '65 bytes': `?roomId=${'a'.repeat(65)}`,
  'a path': '?roomId=../',
  'a slash': '?roomId=a/b',
  'an escaped slash': '?roomId=a%2Fb',
  'an escape that stays after one decoding': '?roomId=%2561',
  'a broken escape': '?roomId=%zz',
  'a cut escape': '?roomId=a%2',
  'a plus, which is no space': '?roomId=a+b',
  'an escaped space': '?roomId=a%20b',
  'an escaped NUL': '?roomId=a%00',
  'a letter outside ASCII': '?roomId=%C3%A9',
  'braces': '?roomId=%7Ba%7D',
  'a good one after a bad one': '?roomId=&roomId=a',
  'another case of the name': '?roomid=a',
};

for (const [what, query] of Object.entries(BAD_ROOM_IDS)) {
  test(`handshake: a room id with ${what} is refused`, withNode({},
    async (server) => {
      const client = await server.session(undefined, room(query));
      assert.deepEqual(await client.close(), closeFor.roomId);
      await client.finishClosing(1008);
      assert.equal(await server.metric('signaling_local_rooms'), 0);
    }));
}

// Each of these is the room named in the second place.
const GOOD_ROOM_IDS = [
  ['?roomId=%61bc', 'abc'],
  ['?roomId=a%3Ab', 'a:b'],
  ['?roomId=a&roomId=b', 'a'],
  ['?roomId=a&roomId=../', 'a'],
  ['?token=x.y.z&roomId=late', 'late'],
  ['?roomId=a%5F%2D%2Eb', 'a_-.b'],
  [`?roomId=${'a'.repeat(64)}`, 'a'.repeat(64)],
  ['?roomId=..', '..'],
  ['?roomId=A&', 'A'],
];

for (const [query, name] of GOOD_ROOM_IDS) {
  test(`handshake: ${query} is the room ${name}`, withNode({},
    async (server) => {
      const a = await server.session(name);
      const b = await server.session(undefined, room(query));
      b.sendText(offer());
      assert.equal(await a.text(), offer());
    }));
}

test('handshake: rooms whose names differ in case are two', withNode({},
  async (server) => {
    const [a, b] = await server.sessions('room', 2);
    const other = await server.session('Room');
    other.sendText(offer('other'));
    await server.untilMetric('signaling_local_rooms', 2);
    await assertNothingBefore(a, b);
  }));

test('handshake: ROOM_ID_MAX_LENGTH is in force', withNode({
  env: { ROOM_ID_MAX_LENGTH: '8' },
}, async (server) => {
  await server.session('12345678');
  const client = await server.session('123456789');
  assert.deepEqual(await client.close(), closeFor.roomId);
  assert.equal(await server.metric('signaling_local_rooms'), 1);
}));

test('handshake: any path is as good as another', withNode({},
  async (server) => {
    const a = await server.session('room', { path: '/' });
    const b = await server.session('room', { path: '/some/where' });
    b.sendText(offer());
    assert.equal(await a.text(), offer());
  }));

// -- a refused session --------------------------------------------------------

test('handshake: a refused session reaches nobody and takes no seat', withNode({
  env: { ALLOWED_ORIGINS: 'https://app.example.com', ROOM_CAPACITY: '2' },
}, async (server) => {
  const witness = await server.session('room');
  // In the same write as the upgrade, and again after the close came.
  const refused = await server.session('room', {
    ...origin('https://evil.example.com'),
    then: [textFrame(offer('early')), textFrame(candidate(1))],
  });
  assert.deepEqual(await refused.close(), closeFor.origin);
  refused.sendText(offer('late'), candidate(2));
  const allowed = origin('https://app.example.com');
  const honest = await server.session('room', allowed);
  refused.sendText(offer('later'));
  await assertNothingBefore(witness, honest);
  assert.equal(await server.metric('signaling_messages_forwarded_total'), 1);
  honest.drop();
  assert.equal(await witness.text(), '{"type":"peer-disconnected"}');
  refused.drop();
  const again = await server.session('room');
  await assertNothingBefore(witness, again, 'a refused one leaves unheard');
}));

test('handshake: a refused session gets one close frame and nothing more',
  withNode({}, async (server) => {
    const refused = await server.session('');
    assert.deepEqual(await refused.close(), closeFor.roomId);
    refused.sendText(offer(), 'not json', marker('x'));
    refused.send({ opcode: 0x9, payload: 'ping' });
    await refused.finishClosing(1008);
    assert.deepEqual(refused.frames, []);
  }));

test('handshake: a refused client that never answers the close is dropped',
  withNode({
    env: { HANDSHAKE_TIMEOUT_MS: '300', HEARTBEAT_INTERVAL_MS: '300' },
  }, async (server) => {
    const before = await server.descriptorsAtRest();
    const refused = await server.session('');
    assert.deepEqual(await refused.close(), closeFor.roomId);
    refused.answersPings = false;
    await refused.ended();
    await until(() => server.descriptors() <= before, 'its descriptor');
  }));

// -- origins ------------------------------------------------------------------

const ORIGINS = 'https://app.example.com,http://localhost:3000,'
  + 'https://*.wild.example';

for (const value of [
  'https://app.example.com', 'https://app.example.com:443',
  'HTTPS://APP.Example.COM', 'http://localhost:3000',
  'https://a.wild.example', 'https://a.b.wild.example', undefined,
]) {
  test(`handshake: the origin ${value ?? '(none)'} is allowed`, withNode({
    env: { ALLOWED_ORIGINS: ORIGINS },
  }, async (server) => {
    const a = await server.session('room');
    const b = await server.session('room', origin(value));
    b.sendText(offer());
    assert.equal(await a.text(), offer());
  }));
}

for (const value of [
  'http://app.example.com', 'https://app.example.com:8443',
  'https://app.example.com.evil.test', 'https://evilapp.example.com',
  'https://example.com', 'http://localhost', 'http://localhost:3001',
  'https://localhost:3000', 'https://wild.example', 'https://evilwild.example',
  'http://a.wild.example', 'https://a.wild.example:444',
  'https://evil.test/a.wild.example', 'https://evil.test#.wild.example',
  'null', 'app.example.com', 'https://app.example.com/',
]) {
  test(`handshake: the origin ${value} is not allowed`, withNode({
    env: { ALLOWED_ORIGINS: ORIGINS },
  }, async (server) => {
    const client = await server.session('room', origin(value));
    assert.deepEqual(await client.close(), closeFor.origin);
    assert.equal(await server.metric('signaling_local_rooms'), 0);
  }));
}

test('handshake: without ALLOWED_ORIGINS every origin is allowed', withNode({},
  async (server) => {
    const a = await server.session('room', origin('https://anywhere.test'));
    const b = await server.session('room', origin('null'));
    b.sendText(offer());
    assert.equal(await a.text(), offer());
  }));

// -- subprotocols -------------------------------------------------------------

const ECHOES = [
  // [SUBPROTOCOL, offered, echoed, close or undefined for a session]
  [undefined, [], undefined, undefined],
  [undefined, ['foo'], 'foo', undefined],
  [undefined, ['foo, bar'], 'foo', undefined],
  [undefined, ['bearer.a.b.c'], undefined, undefined],
  [undefined, ['bearer.a.b.c, foo'], 'foo', undefined],
  [undefined, ['signalbox.v1'], 'signalbox.v1', closeFor.unsupported],
  [undefined, ['foo, signalbox.v1'], 'signalbox.v1', closeFor.unsupported],
  ['app.v2', ['app.v2'], 'app.v2', undefined],
  ['app.v2', ['foo, app.v2, bar'], 'app.v2', undefined],
  ['app.v2', ['foo', 'bar,app.v2'], 'app.v2', undefined],
  ['app.v2', ['signalbox.v1, app.v2'], 'app.v2', undefined],
  ['app.v2', ['bearer.a.b.c, app.v2'], 'app.v2', undefined],
  ['app.v2', ['foo, signalbox.v1'], 'signalbox.v1', closeFor.unsupported],
  ['app.v2', [], undefined, closeFor.required],
  ['app.v2', ['foo, bar'], 'foo', closeFor.required],
  ['app.v2', ['bearer.a.b.c, bar'], 'bar', closeFor.required],
  ['app.v2', ['app.v22'], 'app.v22', closeFor.required],
];

for (const [configured, offered, echoed, close] of ECHOES) {
  const name = `handshake: with SUBPROTOCOL ${configured ?? 'unset'}, offering `
    + `${offered.join(' and ') || 'nothing'} `
    + (close ? `is refused: ${close.reason}` : `selects ${echoed ?? 'none'}`);
  test(name, withNode({ env: { SUBPROTOCOL: configured } }, async (server) => {
    const options = offered.length > 0 ? offering(...offered) : {};
    const client = await server.session('room', options);
    assert.equal(client.answer.headers['sec-websocket-protocol'], echoed);
    if (close) {
      assert.deepEqual(await client.close(), close);
      assert.equal(await server.metric('signaling_local_rooms'), 0);
      return;
    }
    const peer = await server.session('room',
      configured ? offering(configured) : {});
    peer.sendText(offer());
    assert.equal(await client.text(), offer());
  }));
}

test('handshake: a refusal for another reason echoes the subprotocol too',
  withNode({ env: { SUBPROTOCOL: 'app.v2' } }, async (server) => {
    const client = await server.session('', offering('foo, app.v2'));
    assert.equal(client.answer.headers['sec-websocket-protocol'], 'app.v2');
    assert.deepEqual(await client.close(), closeFor.roomId);
  }));

test('handshake: no extension is agreed on', withNode({}, async (server) => {
  const client = await server.session('room', {
    headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' },
  });
  assert.equal(client.answer.headers['sec-websocket-extensions'], undefined);
}));

// -- plain ws where WSS is required -------------------------------------------

const forwardedProto = (value) =>
  ({ headers: { 'X-Forwarded-Proto': value } });

test('handshake: plain ws is refused where WSS is required', withNode({
  env: { REQUIRE_WSS: 'true' },
}, async (server) => {
  const plain = await server.session('room');
  assert.deepEqual(await plain.close(), closeFor.wss);
  const claimed = await server.session('room', forwardedProto('https'));
  assert.deepEqual(await claimed.close(), closeFor.wss);
  assert.equal(await server.metric('signaling_local_rooms'), 0);
}));

test('handshake: a trusted proxy may say that TLS ended with it', withNode({
  env: { REQUIRE_WSS: 'true', TRUSTED_PROXIES: '127.0.0.1/32' },
}, async (server) => {
  const a = await server.session('room', forwardedProto('https'));
  const b = await server.session('room', forwardedProto('https'));
  b.sendText(offer());
  assert.equal(await a.text(), offer());
  const plain = await server.session('room', forwardedProto('http'));
  assert.deepEqual(await plain.close(), closeFor.wss);
  // What stands before the proxy's own word is its client's.
  const claimed = await server.session('room',
    forwardedProto(['https', 'http']));
  assert.deepEqual(await claimed.close(), closeFor.wss);
  const silent = await server.session('room');
  assert.deepEqual(await silent.close(), closeFor.wss);
}));

// -- bad neighbours -----------------------------------------------------------

const GARBAGE = Buffer.from('ff00ff00', 'hex');

test('handshake: garbage before the upgrade ends that connection only',
  withNode({ env: { HANDSHAKE_TIMEOUT_MS: '300' } }, async (server) => {
    const [a, b] = await server.sessions('room', 2);
    const client = await server.raw();
    client.write(GARBAGE);
    await client.ended();
    await assertNothingBefore(a, b);
  }));

test('handshake: garbage right behind the upgrade ends that connection only',
  withNode({}, async (server) => {
    const [a, b] = await server.sessions('room', 2);
    const client = await server.session('other', { then: GARBAGE });
    assert.equal((await client.close()).code, 1002);
    await client.ended();
    await assertNothingBefore(a, b);
    await server.untilMetric('signaling_active_connections', 2);
  }));

for (const [what, bytes] of [
  ['garbage', GARBAGE],
  ['an oversized frame', textFrame('x'.repeat(70_000))],
]) {
  test(`handshake: ${what} right behind a refused upgrade costs no close code`,
    withNode({ env: { HANDSHAKE_TIMEOUT_MS: '300' } }, async (server) => {
      const [a, b] = await server.sessions('room', 2);
      const client = await server.session('',
        { then: Buffer.concat([bytes, Buffer.alloc(1_000_000)]) });
      assert.deepEqual(await client.close(), closeFor.roomId);
      client.drop();
      await assertNothingBefore(a, b);
      await server.untilMetric('signaling_active_connections', 2);
    }));
}

test('handshake: garbage in a refused session ends that connection only',
  withNode({ env: { HANDSHAKE_TIMEOUT_MS: '300' } }, async (server) => {
    const [a, b] = await server.sessions('room', 2);
    const client = await server.session('');
    assert.deepEqual(await client.close(), closeFor.roomId);
    client.write(GARBAGE);
    await client.ended();
    await assertNothingBefore(a, b);
  }));

test('handshake: a thousand connections dropped at once leave nothing',
  withNode({}, async (server) => {
    const before = await server.descriptorsAtRest();
    const request = upgradeRequest({ target: '/?roomId=dropped' });
    const ways = [
      (client) => client.drop(),
      (client) => client.reset(),
      (client) => { client.write(request.slice(0, 40)); client.reset(); },
      (client) => { client.write(request); client.reset(); },
      (client) => { client.write(request); client.drop(); },
      async (client) => {
        client.write(request);
        await client.response();
        client.reset();
      },
    ];
    for (let i = 0; i < 1000; ++i) {
      await ways[i % ways.length](await server.raw());
    }
    await until(() => server.descriptors() <= before, 'their descriptors');
    await server.untilMetric('signaling_active_connections', 0);
    await server.untilMetric('signaling_local_rooms', 0);
    await server.untilMetric('signalbox_connections', 0);
    // The one that asks.
    await server.untilMetric('signalbox_http_connections', 1);
    const [a, b] = await server.sessions('dropped', 2);
    await assertNothingBefore(a, b);
  }));

// -- slow handshakes ----------------------------------------------------------

test('handshake: a byte every 100 ms ends at the handshake timeout', withNode({
  env: { HANDSHAKE_TIMEOUT_MS: '1000' },
}, async (server) => {
  const client = await server.raw();
  const begin = performance.now();
  const bytes = upgradeRequest({ target: '/?roomId=room' })[Symbol.iterator]();
  const dripping = setInterval(() => {
    if (!client.end) client.write(bytes.next().value);
  }, 100);
  try {
    await client.ended();
  } finally {
    clearInterval(dripping);
  }
  const took = performance.now() - begin;
  assert.ok(took > 900 && took < DEADLINE_MS, `ended after ${took} ms`);
}));

test('handshake: a connection that says nothing ends at the timeout', withNode({
  env: { HANDSHAKE_TIMEOUT_MS: '500' },
}, async (server) => {
  const before = await server.descriptorsAtRest();
  const client = await server.raw();
  await client.ended();
  await until(() => server.descriptors() <= before, 'its descriptor');
}));

test('handshake: thousands of slow handshakes keep nobody out',
  { timeout: 180_000 }, async (t) => {
    const wanted = SANITIZED ? 5_000 : 10_000;
    const count = Math.min(wanted, descriptorLimit() - 500);
    await withNode({
      env: { HANDSHAKE_TIMEOUT_MS: SANITIZED ? '60000' : '20000' },
    }, async (server) => {
      const before = await server.descriptorsAtRest();
      const slow = [];
      while (slow.length < count) {
        const batch = await Promise.all(
          Array.from({ length: Math.min(100, count - slow.length) },
            () => server.raw()));
        for (const client of batch) client.write('GET /?roomId=slow HTTP/1.1');
        slow.push(...batch);
      }
      await until(() => server.descriptors() >= before + count,
        'all slow handshakes to be under way');
      const begin = performance.now();
      const honest = await server.sessions('room', 20);
      for (const client of honest.slice(1)) {
        client.sendText(offer());
        assert.equal(await honest[0].text(), offer());
      }
      const took = performance.now() - begin;
      assert.ok(took < (SANITIZED ? 10_000 : 2_000),
        `20 honest clients took ${took} ms`);
      assert.equal(slow.filter((client) => client.end).length, 0,
        'the slow ones were still there');
      await until(() => server.descriptors() <= before + honest.length,
        'the slow ones to be gone', 90_000);
      await assertNothingBefore(honest[0], honest[1]);
    })(t);
  });

// -- too many -----------------------------------------------------------------

test('handshake: over MAX_CONNECTIONS comes 503 before the upgrade', withNode({
  env: { MAX_CONNECTIONS: '2' },
}, async (server) => {
  const [a, b] = await server.sessions('room', 2);
  const late = await server.raw();
  const answer = await late.upgrade({ target: '/?roomId=room' });
  assert.equal(answer.status, 503);
  assert.match(answer.headers['retry-after'], /^[1-9]\d*$/);
  assert.equal((await server.http('/healthz')).body, 'ok');
  await assertNothingBefore(a, b);
  b.drop();
  assert.equal(await a.text(), '{"type":"peer-disconnected"}');
  const c = await until(async () => {
    const client = await server.raw();
    const head = await client.upgrade({ target: '/?roomId=room' });
    return head.status === 101 && client;
  }, 'the place of the one who left');
  await assertNothingBefore(a, c);
}));
