// Configuration as an operator meets it: flags, variables, files, and what is
// said when a value cannot be read.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { runToEnd, withNode } from './support/server.js';

async function withFile(name, content, body) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'signalbox-'));
  const file = path.join(folder, name);
  try {
    await writeFile(file, content);
    return await body(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('config: --version prints a version and nothing else', async () => {
  const run = await runToEnd({ flags: ['--version'] });
  assert.deepEqual([run.code, run.stderr], [0, '']);
  assert.match(run.stdout, /^\S.*\d+\.\d+\.\d+\n$/);
});

test('config: --help names the variables', async () => {
  const run = await runToEnd({ flags: ['--help'] });
  assert.deepEqual([run.code, run.stderr], [0, '']);
  for (const name of ['PORT', 'REDIS_URL', 'ALLOWED_ORIGINS', 'ROOM_CAPACITY',
    'RATE_LIMIT_CONN_PER_10S', 'HEARTBEAT_INTERVAL_MS', 'DRAIN_TIMEOUT_MS',
    'ENABLE_AUTH', 'MAX_CONNECTIONS', 'TRUSTED_PROXIES', 'SHARDS']) {
    assert.ok(run.stdout.includes(name), `--help does not name ${name}`);
  }
});

test('config: --print-config masks secrets', async () => {
  const secrets = ['hush-jwt', 'hush-previous', 'hush-admin', 'hush-redis'];
  const run = await runToEnd({
    env: {
      JWT_SECRET: secrets[0],
      JWT_SECRET_PREVIOUS: secrets[1],
      ADMIN_TOKEN: secrets[2],
      REDIS_URL: `redis://user:${secrets[3]}@redis.example:6379/2`,
      ROOM_CAPACITY: '4711',
    },
    flags: ['--print-config'],
  });
  assert.deepEqual([run.code, run.stderr], [0, '']);
  for (const secret of secrets) {
    assert.ok(!run.stdout.includes(secret), `${secret} is shown`);
  }
  assert.match(run.stdout, /\b4711\b/);
  assert.match(run.stdout, /redis\.example/);
});

test('config: --print-config masks what stands in the URL of a key set',
  async () => {
    const run = await runToEnd({
      env: {
        ENABLE_AUTH: 'true', JWT_ALG: 'RS256',
        JWT_JWKS_URL:
          'https://hush-user:hush-password@issuer.example/keys?key=hush-query',
      },
      flags: ['--print-config'],
    });
    assert.deepEqual([run.code, run.stderr], [0, '']);
    assert.doesNotMatch(run.stdout, /hush-(password|query)/);
    assert.match(run.stdout,
      /^# jwt_jwks_url = ".*\*{4}@issuer\.example\/keys\?\*{4}" # /m);
  });

test('config: flag over environment over file over default', async () => {
  await withFile('signalbox.toml', 'port = 4001\n', async (file) => {
    const printed = async (env, ...flags) => {
      const run = await runToEnd({ env, flags: ['--print-config', ...flags] });
      assert.deepEqual([run.code, run.stderr], [0, '']);
      return run.stdout.match(/\b(3002|400[1-3])\b/g);
    };
    const fromFile = ['--config', file];
    assert.deepEqual(
      await printed({ PORT: '4002' }, ...fromFile, '--port', '4003'), ['4003']);
    assert.deepEqual(await printed({ PORT: '4002' }, ...fromFile), ['4002']);
    assert.deepEqual(await printed({}, ...fromFile), ['4001']);
    assert.deepEqual(await printed({}), ['3002']);
  });
});

test('config: --env-file is read as a .env file', async () => {
  const content = '# a comment\n\nexport NOTHING="of ours"\nWS_PORT="4001"\n';
  await withFile('.env', content, async (file) => {
    const flags = ['--print-config', '--env-file', file];
    const run = await runToEnd({ flags });
    assert.deepEqual([run.code, run.stderr], [0, '']);
    assert.match(run.stdout, /\b4001\b/);
  });
});

test('config: an unknown key in the file stops the start', async () => {
  await withFile('signalbox.toml', 'prot = 4001\n', async (file) => {
    const run = await runToEnd({ flags: ['--config', file] });
    assert.deepEqual([run.code, run.stdout], [2, '']);
    assert.match(run.stderr, /\bprot\b/);
  });
});

// [name as the user wrote it, value, what the message must say was expected]
const BAD_VALUES = [
  ['PORT', 'abc', /65535/],
  ['PORT', '65536', /65535/],
  ['PORT', '-1', /65535/],
  ['WS_PORT', '80x', /65535/],
  ['HEALTH_PORT', '1e3', /65535/],
  ['ROOM_CAPACITY', '0', /\b1\b/],
  ['ROOM_CAPACITY', '0x10', /\b1\b/],
  ['ROOM_CAPACITY', '1000000000001', /1000000000000|10\^12/],
  ['MESSAGE_MAX_BYTES', '64k', /\b1\b/],
  ['RATE_LIMIT_CONN_PER_10S', '1.5', /\b1\b/],
  ['RATE_LIMIT_MESSAGES_PER_10S', '0', /\b1\b/],
  ['HEARTBEAT_INTERVAL_MS', '30s', /\b1\b/],
  ['DRAIN_TIMEOUT_MS', 'soon', /\b1\b/],
  ['ENABLE_AUTH', 'maybe', /true/],
  ['REQUIRE_WSS', '2', /true/],
  ['PRETTY_LOGS', 'enable', /true/],
  ['ALLOWED_ORIGINS', 'app.example.com', /https?:\/\//],
  ['TRUSTED_PROXIES', '10.0.0.0/33', /CIDR|range/i],
  ['TRUSTED_PROXIES', 'proxy.example', /CIDR|range/i],
  ['LOG_LEVEL', 'loud', /info/],
  ['NODE_ENV', 'prod', /production/],
  ['REDIS_URL', 'http://127.0.0.1', /\bredis\b/],
  ['REDIS_URL', 'redis://127.0.0.1:0', /65535/],
  ['REDIS_URL', 'redis://127.0.0.1/one', /1000000/],
  ['REDIS_URL', 'redis+cluster://a,b/1', /database 0/],
  ['REDIS_URL', 'redis+sentinel://a,b', /MASTER/],
  ['REDIS_CA_FILE', '/nowhere/ca.pem', /can be read/],
];

for (const [name, value, expectation] of BAD_VALUES) {
  test(`config: ${name}=${value} stops the start and says why`, async () => {
    const run = await runToEnd({ env: { [name]: value } });
    assert.deepEqual([run.code, run.stdout], [2, '']);
    assert.match(run.stderr, new RegExp(`\\b${name}\\b`));
    assert.ok(run.stderr.includes(value), run.stderr);
    assert.match(run.stderr, expectation);
  });
}

test('config: a bad REDIS_URL is shown without its password', async () => {
  const run = await runToEnd({
    env: { REDIS_URL: 'redis://user:hush@redis.example:0' },
  });
  assert.deepEqual([run.code, run.stdout], [2, '']);
  assert.match(run.stderr, /\bREDIS_URL=redis:\/\/user:\*+@redis\.example:0/);
  assert.doesNotMatch(run.stderr, /hush/);
});

test('config: a bad flag is named as a flag', async () => {
  const run = await runToEnd({ flags: ['--port', 'abc'] });
  assert.deepEqual([run.code, run.stdout], [2, '']);
  assert.match(run.stderr, /--port\b/);
  assert.match(run.stderr, /\babc\b/);
});

test('config: --check-config checks and does not start', async () => {
  const good = await runToEnd({ flags: ['--check-config'] });
  assert.deepEqual([good.code, good.stderr], [0, '']);
  const bad = await runToEnd({
    env: { PORT: 'abc' }, flags: ['--check-config'],
  });
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /\bPORT\b/);
});

for (const value of ['true', 'FALSE', '1', '0', 'Yes', 'no', 'ON', 'off']) {
  test(`config: the boolean ${value} is understood`, async () => {
    const run = await runToEnd({
      env: { REQUIRE_WSS: value }, flags: ['--check-config'],
    });
    assert.deepEqual([run.code, run.stderr], [0, '']);
  });
}

test('config: empty variables are unset and unknown ones ignored', withNode({
  env: {
    ROOM_CAPACITY: '', REDIS_URL: '', ENABLE_AUTH: '', JWT_SECRET: '',
    SUBPROTOCOL: '', HEALTH_PORT: '', SOMETHING_ELSE: 'is not ours',
  },
}, async (server) => {
  assert.equal((await server.http('/healthz')).body, 'ok');
}));

test('config: limits may be as high as 10^12', withNode({
  env: {
    ROOM_CAPACITY: '1000000000000',
    RATE_LIMIT_CONN_PER_10S: '1000000000000',
    RATE_LIMIT_MESSAGES_PER_10S: '1000000000000',
    RATE_LIMIT_IP_MSGS_PER_10S: '1000000000000',
    RATE_LIMIT_ROOM_MSGS_PER_10S: '1000000000000',
    BACKPRESSURE_THRESHOLD_BYTES: '1000000000000',
    MESSAGE_MAX_BYTES: '1000000000000',
    HEARTBEAT_INTERVAL_MS: '1000000000000',
    HANDSHAKE_TIMEOUT_MS: '1000000000000',
  },
}, async (server) => {
  const [a, b] = await server.sessions('room', 2);
  a.sendText('{"type":"offer","sdp":"v=0"}');
  assert.equal(await b.text(), '{"type":"offer","sdp":"v=0"}');
}));
