// What the node writes: structured, sparing, and nobody's secret.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import test from 'node:test';

import { binary, environment, withNode } from './support/server.js';
import { until } from './support/until.js';

test('logs: every line is JSON with level, time, message and node', withNode({},
  async (server) => {
    const [a, b] = await server.sessions('room', 2);
    a.drop();
    await b.text();
    const nodes = new Set();
    for (const line of server.log) {
      assert.equal(typeof line.level, 'string', JSON.stringify(line));
      assert.equal(typeof line.message, 'string', JSON.stringify(line));
      assert.ok('time' in line, JSON.stringify(line));
      nodes.add(line.node);
    }
    assert.equal(nodes.size, 1);
    assert.match([...nodes][0], /\S/);
  }));

test('logs: no token, secret or payload is written', withNode({
  env: {
    LOG_LEVEL: 'trace', JWT_SECRET: 'hush-secret-of-32-bytes-or-longer',
    JWT_SECRET_PREVIOUS: 'hush-previous', ALLOWED_ORIGINS: 'https://app.example.com',
  },
}, async (server) => {
  const peer = await server.session('room');
  const client = await server.session(undefined, {
    query: '?roomId=room&token=hush-token',
    headers: { 'Sec-WebSocket-Protocol': 'bearer.hush-bearer' },
  });
  client.sendText('{"type":"offer","sdp":"hush-payload"}', 'hush-no-json');
  await peer.text();
  await client.text();
  const refused = await server.session(undefined, {
    query: '?roomId=hush%20bad&token=hush-token',
    headers: { Origin: 'https://evil.test', Cookie: 'sid=hush-cookie' },
  });
  await refused.close();
  await server.http('/admin/?token=hush-query',
    { headers: { Authorization: 'Bearer hush-header' } });
  client.write(Buffer.from('ff00ff00', 'hex'));
  await client.ended();
  server.signal('SIGTERM');
  await server.endedCleanly();
  assert.ok(server.log.length > 0);
  const told = server.log.filter((line) =>
    JSON.stringify(line).includes('hush-'));
  assert.deepEqual(told, []);
}));

test('logs: a thousand refusals are a few lines', withNode({},
  async (server) => {
    const before = server.log.length;
    for (let i = 0; i < 1000; ++i) {
      const refused = await server.session('');
      await refused.close();
      refused.drop();
    }
    await server.untilMetric('signaling_active_connections', 0);
    assert.ok(server.log.length - before < 100,
      `${server.log.length - before} lines`);
  }));

test('logs: PRETTY_LOGS is for people', async () => {
  const child = spawn(binary(), [], {
    env: environment({ PRETTY_LOGS: 'true' }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => { text += chunk; });
  const closed = new Promise((resolve) => child.once('close', resolve));
  try {
    await until(() => /listening.*\n/.test(text), 'a line');
    child.kill('SIGTERM');
    assert.equal(await closed, 0);
    for (const line of text.trim().split('\n')) {
      assert.doesNotMatch(line, /^\{/);
    }
  } finally {
    child.kill('SIGKILL');
  }
});
