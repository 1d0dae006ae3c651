// Who may use the admin endpoint, over real sockets: with a token, and without
// one, where a proxy, another page and another name for this machine are kept
// out.

import assert from 'node:assert/strict';
import test from 'node:test';

import { ADMIN_TOKEN, API, Admin } from './support/admin.js';
import { headerLines } from './support/raw_client.js';
import { runToEnd, withNode } from './support/server.js';
import { SECURE, WITH_TLS } from './support/tls_nodes.js';
import { until } from './support/until.js';

const WITH_TOKEN = { ADMIN_TOKEN };
const PRODUCTION = {
  NODE_ENV: 'production',
  JWT_SECRET: 'q7Rk2vXw9LmT4bZs8NfH3cYd6PgJ1aEu',
};

/** The status of one request on a connection of its own. */
async function statusOf(server, {
  method = 'GET', target = `${API}/overview`, headers = {}, ...options
} = {}) {
  const client = await server.raw(options);
  client.write(`${method} ${target} HTTP/1.1\r\n${
    headerLines({ Host: 'localhost', Connection: 'close', ...headers })}\r\n`);
  const { status } = await client.response();
  client.drop();
  return status;
}

// -- without a token ----------------------------------------------------------

test('admin access: an operator on the machine itself is admitted', withNode({},
  async (server) => {
    for (const headers of [
      {}, { Host: `localhost:${server.port}` }, { Host: '127.0.0.1' },
      { Host: '[::1]:3002' }, { 'Sec-Fetch-Site': 'same-origin' },
      { 'Sec-Fetch-Site': 'none' }, { Authorization: 'Bearer anything' },
      { Host: 'localhost:1', Origin: 'http://localhost:1' },
    ]) {
      assert.equal(await statusOf(server, { headers }), 200,
        JSON.stringify(headers));
    }
  }));

const REFUSED = {
  'a Forwarded header': { Forwarded: 'for=127.0.0.1' },
  'X-Forwarded-For': { 'X-Forwarded-For': '127.0.0.1' },
  'X-Forwarded-Host': { 'X-Forwarded-Host': 'localhost' },
  'an X-Forwarded-* nobody knows': { 'x-forwarded-whatever': '' },
  'Via': { Via: '1.1 proxy' },
  'X-Real-IP': { 'X-Real-IP': '127.0.0.1' },
  'a Host that was rebound': { Host: 'evil.example' },
  'a Host that looks like it': { Host: 'localhost.evil.example:3002' },
  'a page elsewhere': { Origin: 'https://evil.example' },
  'a page on another port': { Origin: 'http://localhost:1' },
  'a page without an origin': { Origin: 'null' },
  'a request of another site': { 'Sec-Fetch-Site': 'cross-site' },
  'a request of a sibling': { 'Sec-Fetch-Site': 'same-site' },
};

for (const [what, headers] of Object.entries(REFUSED)) {
  test(`admin access: ${what} is refused, whatever is asked for`, withNode({},
    async (server) => {
      const session = await server.session('room');
      for (const [method, target] of [
        ['GET', `${API}/overview`], ['GET', `${API}/openapi.json`],
        ['GET', `${API}/overview/stream`], ['GET', `${API}/nothing`],
        ['GET', '/admin/'], ['POST', `${API}/drain?action=start`],
        ['POST', `${API}/rooms/room/close`], ['PUT', `${API}/log-level`],
      ]) {
        assert.equal(await statusOf(server, { method, target, headers }), 403,
          `${method} ${target}`);
      }
      assert.equal((await server.http('/readyz')).body, 'ready');
      assert.equal(session.frames.length, 0);
      const line = await until(() => server.logged('request refused'),
        'the line in the log');
      assert.deepEqual([line.level, line.status], ['warn', 403]);
    }));
}

test('admin access: a target on another host is refused', withNode({},
  async (server) => {
    const target = `http://evil.example${API}/overview`;
    assert.equal(await statusOf(server, { target }), 403);
    const own = `http://localhost${API}/overview`;
    assert.equal(await statusOf(server, { target: own }), 200);
  }));

test('admin access: HTTP/1.0 without a Host is refused', withNode({},
  async (server) => {
    const client = await server.raw();
    client.write(`GET ${API}/overview HTTP/1.0\r\n\r\n`);
    assert.equal((await client.response()).status, 403);
  }));

test('admin access: in production there is no way in without a token',
  withNode({ env: PRODUCTION }, async (server) => {
    for (const target of [`${API}/overview`, `${API}/openapi.json`, '/admin/',
      '/admin']) {
      assert.equal(await statusOf(server, { target }), 403, target);
    }
    const { json } = await new Admin(server).call('GET', '/overview');
    assert.match(json.error, /ADMIN_TOKEN/);
  }));

test('admin access: behind a PROXY header nobody is local', withNode({
  env: {
    PROXY_PROTOCOL: 'true', TRUSTED_PROXIES: '127.0.0.1/32', HEALTH_PORT: '0',
  },
}, async (server) => {
  for (const preface of [
    'PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n', 'PROXY UNKNOWN\r\n',
    'PROXY TCP4 192.0.2.1 127.0.0.1 1 2\r\n',
  ]) {
    assert.equal(await statusOf(server, { preface }), 403, preface);
  }
  assert.equal(await statusOf(server, { port: server.healthPort }), 200);
}));

// -- with a token -------------------------------------------------------------

test('admin access: the token opens every door', withNode({ env: WITH_TOKEN },
  async (server) => {
    const admin = new Admin(server, {
      token: ADMIN_TOKEN,
      headers: {
        Host: 'ops.example', 'X-Forwarded-For': '192.0.2.1',
        Origin: 'https://ops.example',
      },
    });
    assert.equal((await admin.get('/overview')).sessions, 0);
    assert.equal((await admin.get('/sessions')).total, 0);
    const stream = await admin.stream();
    assert.equal((await stream.next()).sessions, 0);
    stream.close();
  }));

const BAD = {
  'no token': {},
  'another token': { Authorization: 'Bearer a-token-of-an-operator-0124' },
  'half a token': { Authorization: `Bearer ${ADMIN_TOKEN.slice(0, -1)}` },
  'more than the token': { Authorization: `Bearer ${ADMIN_TOKEN}x` },
  'the token as a password': { Authorization: `Basic ${ADMIN_TOKEN}` },
  'the token twice': { Authorization: Array(2).fill(`Bearer ${ADMIN_TOKEN}`) },
  'the token alone': { Authorization: ADMIN_TOKEN },
};

for (const [what, headers] of Object.entries(BAD)) {
  test(`admin access: ${what} is 401, from this machine too`, withNode({
    env: WITH_TOKEN,
  }, async (server) => {
    for (const [method, target] of [
      ['GET', `${API}/overview`], ['GET', `${API}/sessions`],
      ['GET', `${API}/rooms`], ['GET', `${API}/actors`],
      ['GET', `${API}/overview/stream`], ['GET', `${API}/nothing`],
      ['DELETE', `${API}/overview`], ['POST', `${API}/drain?action=start`],
      ['POST', `${API}/sessions/1/kick`], ['POST', `${API}/rooms/a/close`],
      ['PUT', `${API}/log-level?level=off`],
    ]) {
      assert.equal(await statusOf(server, { method, target, headers }), 401,
        `${method} ${target}`);
    }
    const client = await server.raw();
    client.write(`GET ${API}/overview HTTP/1.1\r\n${
      headerLines({ Host: 'localhost', ...headers })}\r\n`);
    const answer = await client.response();
    assert.match(answer.headers['www-authenticate'], /^Bearer\b/);
    assert.equal((await server.http('/readyz')).body, 'ready');
  }));
}

test('admin access: who guesses at the token is refused for a while', withNode({
  env: { ...WITH_TOKEN, AUTH_FAILURES_PER_10S: '3', AUTH_BLOCK_MS: '60000' },
}, async (server) => {
  const bearer = (token) => ({ headers: { Authorization: `Bearer ${token}` } });
  assert.equal(await statusOf(server), 401);
  for (let i = 0; i < 4; ++i) {
    assert.equal(await statusOf(server, bearer(`guess-${i}`)), 401);
  }
  assert.equal(await statusOf(server, bearer(ADMIN_TOKEN)), 429);
  // What needs no token is still there, and it is still asked for.
  assert.equal(await statusOf(server, { target: '/admin/' }), 200);
  assert.equal(await statusOf(server), 401);
  assert.equal(await server.metric('signalbox_admin_refusals_total'), 7);
  assert.equal(await server.metric('signalbox_auth_blocks_total'), 1);
  assert.equal(await server.metric('signalbox_auth_block_refusals_total'), 1);
  const line = await until(
    () => server.logged('address blocked: too many refused tokens'),
    'the line in the log');
  assert.deepEqual([line.client, line.block_ms], ['127.0.0.1', 60000]);
  // Its address alone is.
  assert.equal(await statusOf(server, {
    ...bearer(ADMIN_TOKEN), localAddress: '127.0.0.2',
  }), 200);
}));

test('admin access: on HEALTH_PORT the right token is always let in', withNode({
  env: { ...WITH_TOKEN, AUTH_FAILURES_PER_10S: '3', HEALTH_PORT: '0' },
}, async (server) => {
  const there = (token) => statusOf(server, {
    port: server.healthPort, headers: { Authorization: `Bearer ${token}` },
  });
  for (let i = 0; i < 10; ++i) assert.equal(await there(`guess-${i}`), 401);
  // They are counted all the same: on the other port the address is blocked.
  assert.equal(await statusOf(server,
    { headers: { Authorization: `Bearer ${ADMIN_TOKEN}` } }), 429);
  assert.equal(await server.metric('signalbox_admin_refusals_total'), 11);
  assert.equal(await there(ADMIN_TOKEN), 200);
}));

test('admin access: HEALTH_PORT is on ADMIN_BIND and nowhere else', withNode({
  env: { HEALTH_PORT: '0', ADMIN_BIND: '127.0.0.2' },
}, async (server) => {
  const port = server.healthPort;
  assert.equal(await statusOf(server, { port, host: '127.0.0.2' }), 200);
  await assert.rejects(server.raw({ port, host: '127.0.0.1' }),
    { code: 'ECONNREFUSED' });
  await assert.rejects(server.raw({ port: server.port, host: '127.0.0.2' }),
    { code: 'ECONNREFUSED' });
  assert.equal(await statusOf(server), 200);
}));

test('admin access: a token in the query opens nothing', withNode({
  env: WITH_TOKEN,
}, async (server) => {
  const target = `${API}/overview?token=${ADMIN_TOKEN}`;
  assert.equal(await statusOf(server, { target }), 401);
}));

test('admin access: the description needs no token where there is one',
  withNode({ env: { ...WITH_TOKEN, ...PRODUCTION } }, async (server) => {
    const headers = { Host: 'ops.example' };
    const target = `${API}/openapi.json`;
    assert.equal(await statusOf(server, { target, headers }), 200);
    const client = await server.raw();
    client.write('GET /admin?x=1 HTTP/1.1\r\nHost: ops.example\r\n\r\n');
    const answer = await client.response();
    assert.deepEqual([answer.status, answer.headers.location],
      [308, '/admin/']);
  }));

test('admin access: TLS is no way around the token', withNode({
  env: { ...WITH_TOKEN, ...WITH_TLS },
}, async (server) => {
  assert.equal(await statusOf(server, SECURE), 401);
  const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
  assert.equal(await statusOf(server, { ...SECURE, headers }), 200);
}));

// -- the token itself ---------------------------------------------------------

test('admin access: production takes no placeholder for a token', async () => {
  const run = await runToEnd({
    env: { ...PRODUCTION, PORT: '0', ADMIN_TOKEN: 'changeme-please' },
  });
  assert.equal(run.code, 2);
  assert.match(run.stderr, /ADMIN_TOKEN=\*{4} .*placeholder/);
});
