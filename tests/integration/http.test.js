// The one port as an HTTP server: which route means what, and what happens to
// requests that are not good enough.

import assert from 'node:assert/strict';
import test from 'node:test';

import { headerLines, upgradeRequest } from './support/raw_client.js';
import { offer } from './support/messages.js';
import { freePort, withNode } from './support/server.js';
import { SANITIZED, until } from './support/until.js';

const get = (target, headers = {}) =>
  `GET ${target} HTTP/1.1\r\n${headerLines({ Host: 'x', ...headers })}\r\n`;

const ROUTES = [
  ['/healthz', 200, 'ok'],
  ['/readyz', 200, 'ready'],
  ['/', 426, 'Upgrade Required'],
  ['/room', 426, 'Upgrade Required'],
  ['/healthz/', 426, 'Upgrade Required'],
  ['/HEALTHZ', 426, 'Upgrade Required'],
  ['/healthzz', 426, 'Upgrade Required'],
  ['/?roomId=a', 426, 'Upgrade Required'],
  ['/x/healthz', 426, 'Upgrade Required'],
];

for (const [target, status, body] of ROUTES) {
  test(`http: GET ${target} is ${status} ${body}`, withNode({},
    async (server) => {
      const answer = await server.http(target);
      assert.deepEqual([answer.status, answer.body], [status, body]);
    }));
}

test('http: a query never changes which route is meant', withNode({},
  async (server) => {
    for (const [target, body] of [
      ['/healthz?probe=1', 'ok'],
      ['/healthz?', 'ok'],
      ['/readyz?next=/healthz', 'ready'],
      ['/?/healthz', 'Upgrade Required'],
    ]) {
      assert.equal((await server.http(target)).body, body, target);
    }
    const metrics = await server.http('/metrics?roomId=a');
    assert.match(metrics.body, /^signaling_active_connections 0$/m);
  }));

test('http: HEAD says what GET says, without a body', withNode({},
  async (server) => {
    for (const [target, status, length] of [
      ['/healthz', 200, '2'],
      ['/readyz', 200, '5'],
      ['/other', 426, '16'],
    ]) {
      const answer = await server.http(target, { method: 'HEAD' });
      assert.deepEqual(
        [answer.status, answer.headers['content-length'], answer.body],
        [status, length, ''], target);
    }
    const metrics = await server.http('/metrics', { method: 'HEAD' });
    assert.deepEqual([metrics.status, metrics.body], [200, '']);
  }));

test('http: other methods and other routes are 426', withNode({},
  async (server) => {
    for (const [method, target] of [
      ['POST', '/healthz'], ['PUT', '/readyz'], ['DELETE', '/metrics'],
      ['OPTIONS', '/'], ['POST', '/?roomId=a'],
    ]) {
      const answer = await server.http(target, { method });
      assert.deepEqual([answer.status, answer.body],
        [426, 'Upgrade Required'], `${method} ${target}`);
      assert.match(answer.headers.upgrade, /^websocket$/i);
    }
  }));

test('http: metrics are in the Prometheus text format', withNode({},
  async (server) => {
    const answer = await server.http('/metrics');
    assert.equal(answer.status, 200);
    assert.match(answer.headers['content-type'], /^text\/plain\b/);
    assert.match(answer.body, /^# TYPE signaling_local_rooms gauge$/m);
  }));

test('http: an upgrade on a route of the node gets that route', withNode({},
  async (server) => {
    const client = await server.raw();
    const answer = await client.upgrade({ target: '/healthz?roomId=a' });
    assert.deepEqual([answer.status, answer.body], [200, 'ok']);
    assert.equal(await server.metric('signaling_local_rooms'), 0);
  }));

test('http: a connection is kept alive', withNode({}, async (server) => {
  const client = await server.raw();
  for (let i = 0; i < 3; ++i) {
    client.write(get('/healthz'));
    assert.equal((await client.response()).body, 'ok');
  }
  client.write(get('/readyz', { Connection: 'close' }));
  assert.equal((await client.response()).body, 'ready');
  assert.equal(await client.ended(), 'end');
}));

test('http: HTTP/1.0 is answered and closed', withNode({}, async (server) => {
  const client = await server.raw();
  client.write('GET /healthz HTTP/1.0\r\n\r\n');
  assert.equal((await client.response()).body, 'ok');
  assert.equal(await client.ended(), 'end');
}));

test('http: pipelined requests are answered in order', withNode({},
  async (server) => {
    const client = await server.raw();
    client.write(get('/healthz') + get('/readyz') + get('/healthz?again')
      + upgradeRequest({ target: '/?roomId=a' }));
    assert.equal((await client.response()).body, 'ok');
    assert.equal((await client.response()).body, 'ready');
    assert.equal((await client.response()).body, 'ok');
    assert.equal((await client.response()).status, 101);
    await server.untilMetric('signaling_active_connections', 1);
  }));

test('http: a request with a body is no trouble', withNode({},
  async (server) => {
    const client = await server.raw();
    client.write('POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n'
      + 'hello');
    const answer = await client.response();
    assert.deepEqual([answer.status, answer.body], [426, 'Upgrade Required']);
    assert.equal((await server.http('/healthz')).body, 'ok');
  }));

test('http: a request that comes in pieces is one request', withNode({},
  async (server) => {
    const client = await server.raw();
    for (const byte of get('/healthz')) client.write(byte);
    assert.equal((await client.response()).body, 'ok');
  }));

const BROKEN = {
  'a line that is no request': 'four garbage bytes\r\n\r\n',
  'bytes that are no text': Buffer.from('00ff00ff0d0a0d0a', 'hex'),
  'no version': 'GET /\r\nHost: x\r\n\r\n',
  'a version that is none': 'GET / HTTP/x.y\r\nHost: x\r\n\r\n',
  'a header without a colon': 'GET / HTTP/1.1\r\nHost x\r\n\r\n',
  'a header name with a space': 'GET / HTTP/1.1\r\nHo st: x\r\n\r\n',
  'a length that is no number':
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\n',
  'no Host': 'GET /healthz HTTP/1.1\r\n\r\n',
  'two Hosts': 'GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n',
  // Not whole: what waits for the rest of it would wait for the timeout.
  'a line that ends in LF alone': 'GET /healthz HTTP/1.1\n',
};

for (const [what, bytes] of Object.entries(BROKEN)) {
  test(`http: ${what} is answered with 400`, withNode({}, async (server) => {
    const client = await server.raw();
    client.write(bytes);
    assert.equal((await client.response()).status, 400);
    await client.ended();
    assert.equal((await server.http('/healthz')).body, 'ok');
  }));
}

// Each lacks something that RFC 6455 §4.2.1 requires.
const NO_UPGRADES = {
  'another version': [426, { 'Sec-WebSocket-Version': '12' }],
  'no version': [426, { 'Sec-WebSocket-Version': undefined }],
  'no key': [400, { 'Sec-WebSocket-Key': undefined }],
  'a key of five bytes': [400, { 'Sec-WebSocket-Key': 'short' }],
  'a key of 17 bytes': [400, { 'Sec-WebSocket-Key': 'A'.repeat(23) + '=' }],
  'two keys': [400, { 'Sec-WebSocket-Key': Array(2).fill('A'.repeat(22) + '==') }],
  'no connection header': [426, { Connection: 'keep-alive' }],
  'another upgrade': [426, { Upgrade: 'h2c' }],
};

for (const [what, [status, headers]] of Object.entries(NO_UPGRADES)) {
  test(`http: an upgrade with ${what} is ${status} and takes no place`,
    withNode({ env: { MAX_CONNECTIONS: '1', RATE_LIMIT_CONN_PER_10S: '1' } },
      async (server) => {
        const client = await server.raw();
        const answer = await client.upgrade({ target: '/?roomId=a', headers });
        assert.equal(answer.status, status);
        await server.session('a');
        await server.untilMetric('signaling_active_connections', 1);
      }));
}

test('http: Connection may be in several lines', withNode({},
  async (server) => {
    const client = await server.raw();
    const headers = { Connection: ['keep-alive', 'Upgrade'] };
    const answer = await client.upgrade({ target: '/?roomId=a', headers });
    assert.equal(answer.status, 101);
  }));

test('http: an empty line before a request is passed over', withNode({},
  async (server) => {
    const client = await server.raw();
    client.write('\r\n' + get('/healthz') + '\r\n' + get('/readyz'));
    assert.equal((await client.response()).body, 'ok');
    assert.equal((await client.response()).body, 'ready');
  }));

test('http: a flood of requests leaves the neighbours their turns', withNode({
  env: { SHARDS: '1' },
}, async (server) => {
  const [a, b] = await server.sessions('room', 2);
  const flood = await server.raw();
  // Only counted, as fast as they come.
  flood.socket.removeAllListeners('data').resume();
  flood.write(get('/metrics').repeat(5_000)
    + get('/metrics', { Connection: 'close' }));
  await until(() => flood.socket.bytesRead > 0, 'the first answer');
  for (let i = 0; i < 10; ++i) {
    a.sendText(offer());
    assert.equal(await b.text(), offer());
    b.sendText(offer());
    assert.equal(await a.text(), offer());
  }
  const meanwhile = flood.socket.bytesRead;
  assert.equal(await flood.ended(), 'end');
  const all = flood.socket.bytesRead;
  assert.ok(meanwhile < all / 2, `${meanwhile} of ${all} bytes came first`);
}));

test('http: what is sent behind the last request does not cost its answer',
  withNode({}, async (server) => {
    for (const [what, status] of [
      ['POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n', 426],
      ['no request \0\r\n\r\n', 400],
    ]) {
      const client = await server.raw();
      client.write(Buffer.concat([Buffer.from(what), Buffer.alloc(8_000_000)]));
      client.socket.end();
      assert.equal((await client.response()).status, status);
      assert.equal(await client.ended(), 'end');
    }
    assert.equal((await server.http('/healthz')).body, 'ok');
  }));

test('http: a client that asks and does not read costs little, and ends',
  withNode({ env: { HANDSHAKE_TIMEOUT_MS: '500' } }, async (server) => {
    const before = await server.descriptorsAtRest();
    const memory = server.residentBytes();
    const client = await server.raw();
    client.socket.pause();
    client.write(get('/metrics').repeat(100_000));
    await until(() => server.descriptors() > before, 'it to be let in');
    await until(() => server.descriptors() === before, 'it to be given up');
    const grown = server.residentBytes() - memory;
    // A sanitizer keeps freed memory on purpose.
    if (!SANITIZED) assert.ok(grown < 4e6, `grown by ${grown} bytes`);
  }));

test('http: a request head without end is given up', withNode({},
  async (server) => {
    const client = await server.raw();
    const line = `X-Filler: ${'x'.repeat(1000)}\r\n`;
    client.write('GET / HTTP/1.1\r\nHost: x\r\n');
    for (let i = 0; i < 1000 && !client.end; ++i) client.write(line);
    await client.ended();
    assert.equal((await server.http('/healthz')).body, 'ok');
  }));

test('http: HEALTH_PORT serves health and metrics, and no sessions',
  async (t) => {
    const healthPort = await freePort();
    await withNode({ env: { HEALTH_PORT: healthPort } }, async (server) => {
      assert.equal(server.healthPort, healthPort);
      for (const port of [healthPort, server.port]) {
        const on = (target) => server.http(target, { port });
        assert.equal((await on('/healthz')).body, 'ok');
        assert.equal((await on('/readyz')).body, 'ready');
        assert.match((await on('/metrics')).body, /^signaling_redis_up 1$/m);
      }
      const client = await server.raw({ port: healthPort });
      const answer = await client.upgrade({ target: '/?roomId=a' });
      assert.notEqual(answer.status, 101);
    })(t);
  });

test('http: in production there is no demo page', withNode({
  env: { NODE_ENV: 'production' },
}, async (server) => {
  assert.equal((await server.http('/call/')).status, 426);
}));

test('http: in development the demo is served', withNode({
  env: { NODE_ENV: 'development' },
}, async (server) => {
  for (const [target, type] of [
    ['/call/', /^text\/html\b/],
    ['/call/call.js', /^(text|application)\/javascript\b/],
    ['/call/style.css', /^text\/css\b/],
  ]) {
    const answer = await server.http(target);
    assert.equal(answer.status, 200, target);
    assert.match(answer.headers['content-type'], type);
    assert.ok(answer.body.length > 100, target);
    const head = await server.http(target, { method: 'HEAD' });
    assert.equal(head.headers['content-length'],
      String(Buffer.byteLength(answer.body)));
  }
  assert.match((await server.http('/call/?room=a')).body, /<video/);
  assert.equal((await server.http('/call/nothing')).status, 404);
}));
