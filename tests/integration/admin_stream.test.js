// The overview, streamed: lines that come, clients that leave or do not read,
// and a node that ends.

import assert from 'node:assert/strict';
import test from 'node:test';

import { API, Admin, assertDescribed } from './support/admin.js';
import { offer } from './support/messages.js';
import { withNode } from './support/server.js';
import { SANITIZED, until } from './support/until.js';

const withAdmin = (body, env = {}) => withNode({ env }, (server) =>
  body(new Admin(server), server));

const FAST = '?intervalMs=250';

test('admin stream: each line is an overview of that moment', withAdmin(
  async (admin, server) => {
    const stream = await admin.stream(FAST);
    const { headers, statusCode } = stream.response;
    assert.equal(statusCode, 200);
    assert.equal(headers['content-type'], 'application/x-ndjson');
    assert.equal(headers['cache-control'], 'no-store');
    const first = await stream.next();
    assertDescribed('GET', `${API}/overview`, 200, first);
    assert.equal(first.sessions, 0);
    const [a, b] = await server.sessions('room', 2);
    a.sendText(offer());
    await b.text();
    const later = await stream.until(
      (x) => x.sessions === 2 && x.counters.messagesForwarded === 1,
      'the sessions and their message');
    assert.ok(later.uptimeSeconds > first.uptimeSeconds);
    a.drop();
    b.drop();
    await stream.until((x) => x.sessions === 0, 'their end');
    stream.close();
  }));

test('admin stream: it outlives the handshake timeout', withAdmin(
  async (admin) => {
    const stream = await admin.stream(FAST);
    const first = await stream.next();
    await stream.until((x) => x.uptimeSeconds > first.uptimeSeconds + 1.2,
      'a line that comes later than the timeout');
    assert.equal(stream.end, undefined);
    stream.close();
  }, { HANDSHAKE_TIMEOUT_MS: '300' }));

test('admin stream: the interval is kept', withAdmin(async (admin) => {
  const stream = await admin.stream(FAST);
  const times = [];
  while (times.length < 6) times.push((await stream.next()).uptimeSeconds);
  const gaps = times.slice(1).map((x, i) => x - times[i]);
  assert.ok(gaps.every((x) => x > 0.2), gaps.join());
  stream.close();
}));

test('admin stream: a client that leaves is let go of', withAdmin(
  async (admin, server) => {
    const before = await server.metric('signalbox_http_connections');
    const streams = [];
    while (streams.length < 5) streams.push(await admin.stream(FAST));
    for (const stream of streams) await stream.next();
    await server.untilMetric('signalbox_http_connections', before + 5);
    for (const stream of streams) stream.close();
    await server.untilMetric('signalbox_http_connections', before);
  }));

test('admin stream: so many watch and no more', withAdmin(
  async (admin) => {
    const streams = [];
    for (let i = 0; i < 16; ++i) {
      const stream = await admin.stream();
      assert.equal(stream.response.statusCode, 200);
      streams.push(stream);
    }
    const refused = await admin.raw('GET', `${API}/overview/stream`);
    assert.equal(refused.status, 503);
    assert.match(refused.body, /too many/);
    streams.shift().close();
    await until(async () => {
      const stream = await admin.stream();
      streams.push(stream);
      return stream.response.statusCode === 200;
    }, 'a place');
    for (const stream of streams) stream.close();
  }, { SHARDS: '1' }));

test('admin stream: who does not read gets no more than there is room for',
  withAdmin(async (admin, server) => {
    const deaf = await server.raw();
    deaf.write(`GET ${API}/overview/stream?intervalMs=250 HTTP/1.1\r\n`
      + 'Host: localhost\r\n\r\n');
    await deaf.response();
    deaf.goDeaf();
    // Others are served meanwhile, and a reader sees every line.
    const stream = await admin.stream(FAST);
    for (let i = 0; i < 8; ++i) await stream.next();
    deaf.listenAgain();
    stream.close();
    deaf.drop();
    await server.untilMetric('signalbox_http_connections', 1);
  }));

// UBSan looks at an object's type through a pipe, and takes one that it cannot
// open for a bad object.
test('admin stream: of connections without a session it is the last to go', {
  skip: SANITIZED && 'the sanitizer itself needs descriptors',
}, withNode({
  descriptors: 64,
  env: {
    SHARDS: '1', MAX_CONNECTIONS: '1000', HANDSHAKE_TIMEOUT_MS: '60000',
  },
}, async (server) => {
  const stream = await new Admin(server).stream(FAST);
  // More than there are descriptors for: each makes room for the next.
  const silent = [];
  while (silent.length < 80) silent.push(await server.raw());
  await until(() => silent.filter((x) => x.end).length >= 20,
    'the oldest of them to be dropped');
  stream.lines.length = 0;
  await stream.next();
  assert.equal(stream.end, undefined);
  stream.close();
}));

test('admin stream: a drain does not end it', withAdmin(async (admin) => {
  const stream = await admin.stream(FAST);
  await admin.post('/drain?action=start');
  await stream.until((x) => x.isDraining && !x.isReady, 'the drain');
  await admin.post('/drain?action=cancel');
  await stream.until((x) => !x.isDraining && x.isReady, 'its end');
  stream.close();
}));

test('admin stream: it ends well when the node does', withAdmin(
  async (admin, server) => {
    const stream = await admin.stream(FAST);
    await stream.next();
    server.signal('SIGTERM');
    await until(() => stream.end, 'the end of the stream');
    assert.equal(stream.end, 'end');
    await server.endedCleanly();
  }));

test('admin stream: HTTP/1.0 gets it without chunks', withAdmin(
  async (admin, server) => {
    const client = await server.raw();
    let text = '';
    client.socket.on('data', (chunk) => { text += chunk; });
    client.write(`GET ${API}/overview/stream?intervalMs=250 HTTP/1.0\r\n`
      + 'Host: localhost\r\n\r\n');
    await until(() => text.split('\n{').length > 3, 'three lines');
    const [head, ...lines] = text.split('\r\n\r\n').flatMap(
      (part, i) => (i === 0 ? [part] : part.split('\n')));
    assert.doesNotMatch(head, /transfer-encoding/i);
    assert.equal(JSON.parse(lines[0]).sessions, 0);
    assert.equal(JSON.parse(lines[1]).sessions, 0);
  }));

test('admin stream: what is sent behind it is nobody\'s', withAdmin(
  async (admin, server) => {
    const client = await server.raw();
    client.write(`GET ${API}/overview/stream HTTP/1.1\r\nHost: localhost\r\n\r\n`
      + `POST ${API}/drain?action=start HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    assert.equal((await client.response()).status, 200);
    client.write(`POST ${API}/drain?action=start HTTP/1.1\r\n`
      + 'Host: localhost\r\n\r\n');
    const stream = await admin.stream(FAST);
    await stream.next();
    assert.equal((await stream.next()).isDraining, false);
    stream.close();
  }));
