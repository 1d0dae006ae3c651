// An independent client, the `ws` package, does the work the node is for.

import assert from 'node:assert/strict';
import test from 'node:test';
import WebSocket from 'ws';

import { candidate } from './support/messages.js';
import { withNode } from './support/server.js';
import { until } from './support/until.js';

test('ws package: two exchange offer, answer and candidates', withNode({},
  async (server) => {
    const caller = await server.ws('room');
    const callee = await server.ws('room');
    const offer = { type: 'offer', sdp: 'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n' };
    const answer =
      { type: 'answer', sdp: 'v=0\r\no=- 3 4 IN IP4 127.0.0.1\r\n' };
    caller.sendJson(offer);
    assert.deepEqual(await callee.json(), offer);
    callee.sendJson(answer);
    assert.deepEqual(await caller.json(), answer);
    for (let i = 0; i < 30; ++i) {
      caller.sendJson(JSON.parse(candidate(i)));
      callee.sendJson(JSON.parse(candidate(100 + i)));
    }
    const end = { type: 'candidate', candidate: '' };
    caller.sendJson(end);
    callee.sendJson(end);
    for (let i = 0; i < 30; ++i) {
      assert.deepEqual(await callee.json(), JSON.parse(candidate(i)));
      assert.deepEqual(await caller.json(), JSON.parse(candidate(100 + i)));
    }
    assert.deepEqual(await callee.json(), end);
    assert.deepEqual(await caller.json(), end);
    caller.close(1000);
    assert.deepEqual(await callee.json(), { type: 'peer-disconnected' });
    assert.equal((await caller.closure()).code, 1000);
  }));

test('ws package: 20 messages sent in open arrive in order', withNode({},
  async (server) => {
    const receiver = await server.ws('room');
    const socket =
      new WebSocket(`ws://127.0.0.1:${server.port}/?roomId=room`);
    socket.on('open', () => {
      for (let i = 0; i < 20; ++i) socket.send(candidate(i));
    });
    try {
      for (let i = 0; i < 20; ++i) {
        assert.deepEqual(await receiver.json(), JSON.parse(candidate(i)));
      }
    } finally {
      socket.terminate();
    }
  }));

test('ws package: a refused client sees code and reason', withNode({
  env: { ROOM_CAPACITY: '1', ALLOWED_ORIGINS: 'https://app.example.com' },
}, async (server) => {
  const bad = await server.ws('no/room');
  assert.deepEqual(await bad.closure(),
    { code: 1008, reason: 'Invalid roomId' });
  const foreign = await server.ws('room', { origin: 'https://evil.test' });
  assert.deepEqual(await foreign.closure(),
    { code: 1008, reason: 'Origin not allowed' });
  await server.ws('room');
  const second = await server.ws('room');
  assert.deepEqual(await second.closure(),
    { code: 1000, reason: 'Room is full' });
}));

test('ws package: a refused client that offered subprotocols sees its close',
  withNode({ env: { SUBPROTOCOL: 'app.v2' } }, async (server) => {
    const other = await server.ws('room', { protocols: ['other', 'more'] });
    assert.equal(other.socket.protocol, 'other');
    assert.deepEqual(await other.closure(),
      { code: 1008, reason: 'Subprotocol required' });
    const v1 = await server.ws('room', { protocols: ['signalbox.v1'] });
    assert.equal(v1.socket.protocol, 'signalbox.v1');
    assert.deepEqual(await v1.closure(),
      { code: 1008, reason: 'Subprotocol not supported' });
    const ours = await server.ws('room', { protocols: ['more', 'app.v2'] });
    assert.equal(ours.socket.protocol, 'app.v2');
  }));

test('ws package: over MAX_CONNECTIONS the upgrade is answered with 503',
  withNode({ env: { MAX_CONNECTIONS: '1' } }, async (server) => {
    await server.ws('room');
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/?roomId=room`);
    let status;
    socket.on('unexpected-response', (request, response) => {
      status = response.statusCode;
      request.destroy();
    });
    socket.on('error', () => {});
    await until(() => status === 503, '503');
  }));

test('ws package: large and fragmented messages pass', withNode({},
  async (server) => {
    const receiver = await server.ws('room');
    const sender = await server.ws('room');
    const text = JSON.stringify({ type: 'offer', sdp: 'x'.repeat(60_000) });
    sender.socket.send(text.slice(0, 10), { fin: false });
    sender.socket.send(text.slice(10, 40_000), { fin: false });
    sender.socket.ping();
    sender.socket.send(text.slice(40_000), { fin: true });
    assert.deepEqual(await receiver.json(), JSON.parse(text));
  }));
