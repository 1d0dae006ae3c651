// The overview, streamed: lines that come, clients that leave or do not read,
// and a node that ends.

import assert from 'node:assert/strict';
import test from 'node:test';

import { API, Admin, assertDescribed } from './support/admin.js';
import { offer } from './support/messages.js';
import { withNodes } from './support/nodes.js';
import { bytesUnderWay } from './support/process_facts.js';
import { withNode } from './support/server.js';
import { DEADLINE_MS, SANITIZED, until } from './support/until.js';

const withAdmin = (body, env = {}) => withNode({ env }, (server) =>
  body(new Admin(server), server));

const FAST = '?intervalMs=250';

/** A client that has more unread than this in the node gets no more lines. */
const UNSENT_BYTES_MAX = 256 * 1024;

const UPTIME = /"uptimeSeconds":([\d.]+)/g;

/**
 * Nodes that only Redis knows, each with a lease: they make an overview so long
 * that what the kernel holds for a client is soon full.
 */
function addNeighbours(redis, count) {
  const end = Date.now() + 3_600_000;
  const leases = Array.from({ length: count }, (_, i) => {
    const id = i.toString(8).replace(/[01]/g, (digit) => 'ab'[digit]);
    return [end, `sb:${id.padStart(12, 'z')}:0`];
  });
  return redis.command('ZADD', 'signalbox:nodes', ...leases.flat());
}

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
  withNodes({ count: 1 }, async ({ nodes: [server], redis }) => {
    await addNeighbours(redis, 3000);
    const deaf = await server.raw();
    deaf.goDeaf();
    // In HTTP/1.0 it gets nothing but lines.
    deaf.write(`GET ${API}/overview/stream${FAST} HTTP/1.0\r\n`
      + 'Host: localhost\r\n\r\n');
    // What has left the node, be it with the kernel.
    const sentBytes = () => deaf.socket.bytesRead
      + bytesUnderWay(server.port, deaf.socket.localPort);
    const reader = await new Admin(server).stream(FAST);
    let readBytes = 0;
    await until(async () => {
      readBytes += JSON.stringify(await reader.next()).length;
      return readBytes > sentBytes() + UNSENT_BYTES_MAX + 2 ** 20;
    }, 'a reader to get more than there is room for', 3 * DEADLINE_MS);
    const sent = sentBytes();
    const { uptimeSeconds: now } = await reader.next();
    let text = '';
    deaf.socket.on('data', (chunk) => { text += chunk; });
    deaf.listenAgain();
    // All that was there for it, and then a line of the moment.
    const later = await until(() => [...text.matchAll(UPTIME)]
      .find(([, seconds]) => Number(seconds) > now), 'a line after the gap');
    const held = text.slice(0, text.lastIndexOf('\n', later.index) + 1);
    const last = held.slice(held.lastIndexOf('\n', held.length - 2) + 1);
    const unsent = held.length - sent;
    assert.ok(unsent > UNSENT_BYTES_MAX
      && unsent - last.length <= UNSENT_BYTES_MAX,
    `the node held ${unsent} bytes, ${last.length} of them the last line`);
    reader.close();
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
    client.write(`GET ${API}/overview/stream HTTP/1.1\r\n`
      + 'Host: localhost\r\n\r\n'
      + `POST ${API}/drain?action=start HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    assert.equal((await client.response()).status, 200);
    client.write(`POST ${API}/drain?action=start HTTP/1.1\r\n`
      + 'Host: localhost\r\n\r\n');
    const stream = await admin.stream(FAST);
    await stream.next();
    assert.equal((await stream.next()).isDraining, false);
    stream.close();
  }));
