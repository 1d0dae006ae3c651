// Tokens of an issuer whose keys the node fetches: who gets in, how often the
// issuer is asked, and what happens while it is gone.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { textFrame } from './support/frames.js';
import {
  EndlessRedirect, ForwardProxy, KeyServer, breakingOff, failing, giving,
  hangingUp, redirecting, withIssuer,
} from './support/key_server.js';
import {
  assertNothingBefore, marker, offer, PEER_DISCONNECTED,
} from './support/messages.js';
import { certificates } from './support/tls_nodes.js';
import { brokenTokens, jwkOf, makeKey, tokenFor } from './support/tokens.js';
import { DEADLINE_MS, SANITIZED, until } from './support/until.js';

const UNAUTHORIZED = { code: 1008, reason: 'Unauthorized' };
const FORBIDDEN = { code: 1008, reason: 'Forbidden' };
const UNAVAILABLE = { code: 1013, reason: 'Service unavailable' };

const SESSIONS = 'signaling_active_connections';
const CONNECTIONS = 'signalbox_connections';
const FETCHES = 'signalbox_jwks_fetches_total';
const FAILURES = 'signalbox_jwks_fetch_failures_total';

/** Keys are stale at once, and may be fetched again at once. */
const IMPATIENT = { JWKS_CACHE_TTL: '1', JWKS_MIN_REFETCH_MS: '1' };
/** Keys are fresh for long, and may be fetched again at once. */
const CURIOUS = { JWKS_CACHE_TTL: '3600000', JWKS_MIN_REFETCH_MS: '1' };
/** Keys are fetched once, if they come. */
const CONTENT = { JWKS_CACHE_TTL: '3600000', JWKS_MIN_REFETCH_MS: '3600000' };

// Made once: an RSA key takes its time.
const rsa = makeKey('RS256', 'rsa');
const pss = { ...rsa, alg: 'PS256', kid: 'pss' };
const ec = makeKey('ES256', 'ec');
const okp = makeKey('EdDSA', 'okp');
const next = makeKey('ES256', 'next');
const unknown = makeKey('ES256', 'unknown');

const query = (token, room = 'room') => ({
  query: `?roomId=${room}&token=${token}`,
});

/** A node that reaches an issuer with these options by a proxy only. */
async function withProxy(t, options, env, body) {
  const issuer = await KeyServer.start({ keys: [ec], ...options });
  const proxy = await ForwardProxy.start(issuer);
  try {
    await withIssuer({ env: env(proxy) },
      ({ server }) => body({ server, issuer, proxy }))(t);
  } finally {
    await proxy.close();
    await issuer.close();
  }
}

/** A session whose upgrade was answered; it may not be in its room yet. */
const connect = (server, key, options = {}) =>
  server.session(undefined, { ...query(tokenFor(key, 'room')), ...options });

/** Members who hold tokens of these keys, all in the room. */
async function members(server, ...keys) {
  const already = await server.metric(SESSIONS);
  const all = [];
  for (const key of keys) all.push(await connect(server, key));
  await server.untilMetric(SESSIONS, already + keys.length);
  return all;
}

/** Fails unless a holder of the key is told this. */
async function assertRefused(server, key, why) {
  const refused = await connect(server, key);
  assert.deepEqual(await refused.close(), why);
  await refused.finishClosing(why.code);
}

/** Fails unless a holder of the key gets in; who leaves again. */
async function assertAdmitted(server, key) {
  const [witness] = await members(server, key);
  const other = await connect(server, key);
  await until(() => {
    other.sendText(marker('here'));
    return witness.frames.length > 0;
  }, 'a member to be heard');
  witness.drop();
  other.drop();
  await server.untilMetric(SESSIONS, 0);
}

// -- who gets in --------------------------------------------------------------

test('jwks: holders of good tokens hear each other, whatever the algorithm',
  withIssuer({ keys: [rsa, pss, ec, okp] }, async ({ server, issuer }) => {
    const all = await members(server, rsa, pss, ec, okp);
    for (const sender of all) {
      const others = all.filter((member) => member !== sender);
      sender.sendText(offer());
      for (const member of others) assert.equal(await member.text(), offer());
    }
    assert.equal(issuer.requests.length, 1);
  }));

test('jwks: a token may come in each of the three places', withIssuer({
  keys: [ec],
}, async ({ server }) => {
  const token = tokenFor(ec, 'room');
  const room = '?roomId=room';
  await server.session(undefined, { query: `${room}&token=${token}` });
  await server.session(undefined, {
    query: room, headers: { Authorization: `Bearer ${token}` },
  });
  await server.session(undefined, {
    query: room, headers: { 'Sec-WebSocket-Protocol': `x, bearer.${token}` },
  });
  await server.untilMetric(SESSIONS, 3);
}));

test('jwks: a token without a key name is judged with all that fit',
  withIssuer({ keys: [rsa, next, ec] }, async ({ server }) => {
    await members(server, { ...ec, kid: undefined },
      { ...rsa, kid: undefined });
  }));

test('jwks: a room that the token does not grant is forbidden', withIssuer({
  keys: [ec],
}, async ({ server }) => {
  const refused = await server.session(undefined,
    query(tokenFor(ec, 'other')));
  assert.deepEqual(await refused.close(), FORBIDDEN);
}));

test('jwks: no broken token gets in', withIssuer({
  keys: [rsa, ec], env: { JWT_ALG: 'HS256,RS256,ES256', JWT_SECRET: 'a-secret' },
}, async ({ server, issuer }) => {
  const [witness, honest] = await members(server, ec, rsa);
  for (const key of [rsa, ec]) {
    for (const [what, token] of Object.entries(brokenTokens(key, 'room'))) {
      const refused = await server.session(undefined,
        { ...query(token), then: [textFrame(offer(what))] });
      assert.deepEqual(await refused.close(), UNAUTHORIZED, what);
      refused.drop();
    }
  }
  await assertNothingBefore(witness, honest);
  assert.equal(await server.metric(SESSIONS), 2);
  assert.equal(issuer.requests.length, 1);
}));

test('jwks: what is not signed by an algorithm allowed is not asked about',
  withIssuer({ keys: [rsa], env: { JWT_ALG: 'ES256' } },
    async ({ server, issuer }) => {
      await assertRefused(server, rsa, UNAUTHORIZED);
      assert.equal(issuer.requests.length, 0);
    }));

test('jwks: keys of no use do not keep others from being used', withIssuer({
  env: CONTENT,
}, async ({ server, issuer }) => {
  issuer.behaviour = giving(JSON.stringify({
    keys: [
      {}, 'not a key', { kty: 'future', kid: 'x' }, { kty: 'RSA', kid: 'y' },
      { ...jwkOf(ec), use: 'enc', kid: 'z' }, jwkOf(ec),
    ],
  }));
  await members(server, ec);
  await assertRefused(server, { ...ec, kid: 'z' }, UNAUTHORIZED);
}));

// -- how often the issuer is asked --------------------------------------------

test('jwks: an idle node asks for nothing', withIssuer({ keys: [ec] },
  async ({ server, issuer }) => {
    const refused = await server.session('room');
    assert.deepEqual(await refused.close(), UNAUTHORIZED);
    assert.equal(await server.metric(FETCHES), 0);
    assert.equal(issuer.requests.length, 0);
  }));

test('jwks: a thousand who come at once cost one fetch', withIssuer({
  keys: [ec],
}, async ({ server, issuer }) => {
  const count = SANITIZED ? 60 : 1000;
  issuer.freeze();
  const all = await Promise.all(
    Array.from({ length: count }, () => connect(server, ec)));
  await issuer.asked(1);
  assert.equal(await server.metric(SESSIONS), 0);
  issuer.thaw();
  await server.untilMetric(SESSIONS, count);
  all[0].sendText(offer());
  for (const member of all.slice(1)) assert.equal(await member.text(), offer());
  assert.equal(issuer.requests.length, 1);
  assert.equal(await server.metric(FETCHES), 1);
}));

test('jwks: what is sent while the keys are fetched arrives in order',
  withIssuer({ keys: [ec], env: IMPATIENT }, async ({ server, issuer }) => {
    const [receiver] = await members(server, ec);
    issuer.freeze();
    const texts = Array.from({ length: 20 }, (_, i) => marker(`m${i}`));
    const asked = issuer.requests.length;
    const sender = await connect(server, ec,
      { then: texts.slice(0, 10).map((text) => textFrame(text)) });
    sender.sendText(...texts.slice(10));
    await issuer.asked(asked + 1);
    assert.deepEqual(receiver.frames, []);
    issuer.thaw();
    assert.deepEqual(await receiver.texts(20), texts);
  }));

test('jwks: a client that goes while the keys are fetched leaves nothing behind',
  withIssuer({ keys: [ec], env: IMPATIENT }, async ({ server, issuer }) => {
    await assertAdmitted(server, ec);
    await server.untilMetric(CONNECTIONS, 0);
    const asked = issuer.requests.length;
    issuer.freeze();
    const gone = await connect(server, ec,
      { then: [textFrame(offer('from one who is gone'))] });
    await issuer.asked(asked + 1);
    gone.reset();
    await server.untilMetric(CONNECTIONS, 0);
    issuer.thaw();
    await assertAdmitted(server, ec);
  }));

for (const [what, leave] of [
  ['its connection ended', (client) => client.drop()],
  ['its side closed', (client) => client.socket.end()],
  ['a reset', (client) => client.reset()],
]) {
  test(`jwks: a silent client that goes, with ${what}, is not waited for`,
    withIssuer({ keys: [ec], env: CONTENT }, async ({ server, issuer }) => {
      issuer.freeze();
      const stays = await connect(server, ec);
      const goes = await connect(server, ec);
      await issuer.asked(1);
      await server.untilMetric(CONNECTIONS, 2);
      leave(goes);
      await server.untilMetric(CONNECTIONS, 1);
      // The keys had not come, nor had anybody given up on them.
      assert.equal(await server.metric(FAILURES), 0);
      issuer.thaw();
      await server.untilMetric(SESSIONS, 1);
      assert.equal(stays.end, undefined);
    }));
}

test('jwks: what a client said before it went is heard when the keys come',
  withIssuer({ keys: [ec], env: IMPATIENT }, async ({ server, issuer }) => {
    const [receiver] = await members(server, ec);
    const asked = issuer.requests.length;
    issuer.freeze();
    const goes = await connect(server, ec);
    await issuer.asked(asked + 1);
    await new Promise((resolve) =>
      goes.socket.end(textFrame(offer('from one who went')), resolve));
    issuer.thaw();
    assert.equal(await receiver.text(), offer('from one who went'));
    assert.equal(await receiver.text(), PEER_DISCONNECTED);
  }));

test('jwks: unknown keys are refused and cost one fetch a cool-down',
  withIssuer({
    keys: [ec],
    env: { JWKS_MIN_REFETCH_MS: '400', AUTH_FAILURES_PER_10S: '1000000' },
  }, async ({ server, issuer }) => {
    const begin = performance.now();
    await members(server, ec);
    do {
      await assertRefused(server, unknown, UNAUTHORIZED);
    } while (issuer.requests.length < 3);
    const spent = performance.now() - begin;
    assert.ok(spent >= 2 * 400 - 10, `three fetches in ${spent} ms`);
    assert.equal(await server.metric(FETCHES), 3);
  }));

test('jwks: unknown keys in the cool-down are refused at once', withIssuer({
  keys: [ec], env: CONTENT,
}, async ({ server, issuer }) => {
  await members(server, ec);
  for (let i = 0; i < 20; ++i) {
    await assertRefused(server, unknown, UNAUTHORIZED);
  }
  assert.equal(issuer.requests.length, 1);
}));

// -- keys that come and go ----------------------------------------------------

test('jwks: a new key is fetched when its first token comes', withIssuer({
  keys: [ec], env: CURIOUS,
}, async ({ server, issuer }) => {
  await members(server, ec);
  issuer.add(next);
  await members(server, next, ec, next);
  assert.equal(issuer.requests.length, 2);
}));

test('jwks: a key that was removed is good until the next fetch', withIssuer({
  keys: [ec], env: CURIOUS,
}, async ({ server, issuer }) => {
  await members(server, ec);
  issuer.remove(ec);
  issuer.add(next);
  await members(server, ec);
  assert.equal(issuer.requests.length, 1);
  await members(server, next);
  await assertRefused(server, ec, UNAUTHORIZED);
}));

test('jwks: a key that was removed is refused once the time to live is over',
  withIssuer({ keys: [ec], env: IMPATIENT }, async ({ server, issuer }) => {
    await assertAdmitted(server, ec);
    issuer.remove(ec);
    await assertRefused(server, ec, UNAUTHORIZED);
    issuer.add(ec);
    await assertAdmitted(server, ec);
  }));

test('jwks: keys are not fetched again within the time to live', withIssuer({
  keys: [ec], env: CURIOUS,
}, async ({ server, issuer }) => {
  await members(server, ...Array(20).fill(ec));
  assert.equal(issuer.requests.length, 1);
}));

// -- the issuer is in trouble -------------------------------------------------

const TROUBLES = {
  'answers 503': failing(503),
  'answers 404': failing(404),
  'hangs up': hangingUp,
  'breaks off': breakingOff,
  'answers with a page': giving('<!doctype html>Sorry'),
  'answers with other JSON': giving('{"error":"busy"}'),
  'answers with too much': giving(JSON.stringify(
    { keys: [jwkOf(ec)], padding: 'x'.repeat(1024 * 1024) })),
  'redirects in a circle': redirecting('/jwks.json'),
  'redirects to a file': redirecting('file:///etc/passwd'),
};

describe('jwks: the issuer', { concurrency: 2 }, () => {
  for (const [what, behaviour] of Object.entries(TROUBLES)) {
    test(`jwks: an issuer that ${what} keeps no holder of a known key out`,
      withIssuer({ keys: [ec], env: IMPATIENT }, async ({ server, issuer }) => {
        await assertAdmitted(server, ec);
        issuer.behaviour = behaviour;
        await assertAdmitted(server, ec);
        await assertRefused(server, unknown, UNAVAILABLE);
        assert.ok(await server.metric(FAILURES) > 0);
      }));

    test(`jwks: an issuer that ${what} from the start is no fault of clients`,
      withIssuer({ keys: [ec], env: IMPATIENT }, async ({ server, issuer }) => {
        issuer.behaviour = behaviour;
        await assertRefused(server, ec, UNAVAILABLE);
        assert.equal(await server.metric(FAILURES), 1);
        assert.equal((await server.http('/readyz')).status, 200);
        issuer.behaviour = undefined;
        await assertAdmitted(server, ec);
      }));
  }

  test('jwks: an issuer that is gone keeps no holder of a known key out',
    withIssuer({ keys: [ec], env: IMPATIENT }, async ({ server, issuer }) => {
      await assertAdmitted(server, ec);
      await issuer.refuse();
      for (let i = 0; i < 5; ++i) await assertAdmitted(server, ec);
      await assertRefused(server, next, UNAVAILABLE);
      issuer.add(next);
      await issuer.accept();
      await assertAdmitted(server, next);
    }));

  test('jwks: holders of a new key block nobody while the issuer is gone',
    withIssuer({
      keys: [ec], env: { ...IMPATIENT, AUTH_FAILURES_PER_10S: '3' },
    }, async ({ server, issuer }) => {
      await assertAdmitted(server, ec);
      issuer.behaviour = failing(503);
      for (let i = 0; i < 10; ++i) {
        await assertRefused(server, next, UNAVAILABLE);
      }
      assert.equal(await server.metric('signalbox_auth_failures_total'), 0);
      await assertAdmitted(server, ec);
      // Once it is back, a key that it does not have is a failure again.
      issuer.behaviour = undefined;
      await assertRefused(server, next, UNAUTHORIZED);
      assert.equal(await server.metric('signalbox_auth_failures_total'), 1);
    }));

  test('jwks: what a redirect says at length is not listened to',
    withIssuer({ keys: [ec], env: IMPATIENT }, async ({ server, issuer }) => {
      await assertAdmitted(server, ec);
      const endless = new EndlessRedirect(issuer.url);
      issuer.behaviour = endless.answer;
      await assertAdmitted(server, ec);
      const line = await until(() => server.logged('keys not fetched'),
        'a line');
      assert.equal(line.reason, 'more than 1048576 bytes');
      await until(() => endless.left > 0, 'the node to hang up');
      // What is on its way, in two kernels, is the node's to refuse, no more.
      const each = endless.served / endless.left;
      assert.ok(each < 24 * 2 ** 20, `${each} bytes were served`);
    }));

  test('jwks: an issuer that is gone from the start is asked again later',
    withIssuer({ keys: [ec], env: IMPATIENT }, async ({ server, issuer }) => {
      await issuer.refuse();
      await assertRefused(server, ec, UNAVAILABLE);
      await issuer.accept();
      await assertAdmitted(server, ec);
      assert.equal(await server.metric(FAILURES), 1);
    }));

  test('jwks: an issuer that is gone is asked once a cool-down',
    withIssuer({ keys: [ec], env: CONTENT }, async ({ server, issuer }) => {
      issuer.behaviour = failing(503);
      for (let i = 0; i < 10; ++i) {
        await assertRefused(server, ec, UNAVAILABLE);
      }
      assert.equal(issuer.requests.length, 1);
    }));

  test('jwks: a silent issuer is waited for no longer than five seconds',
    withIssuer({ keys: [ec], env: CONTENT }, async ({ server, issuer }) => {
      issuer.freeze();
      const begin = performance.now();
      const refused = await connect(server, ec);
      assert.deepEqual(await refused.close('a close frame', 2 * DEADLINE_MS),
        UNAVAILABLE);
      const spent = performance.now() - begin;
      assert.ok(spent > 4_900 && spent < (SANITIZED ? 15_000 : 9_000),
        `${spent} ms`);
    }));

  test('jwks: a silent issuer keeps holders of a known key waiting once',
    withIssuer({
      // After a fetch that failed the keys are used for as long as a cool-down.
      keys: [ec],
      env: {
        JWKS_CACHE_TTL: '1000',
        JWKS_MIN_REFETCH_MS: SANITIZED ? '12000' : '6000',
      },
    }, async ({ server, issuer }) => {
      await members(server, ec);
      issuer.freeze();
      let count = 1;
      // Until one of them finds the keys stale, and waits in vain.
      await until(async () => {
        await connect(server, ec);
        count += 1;
        await delay(50);
        return issuer.requests.length > 1;
      }, 'the keys to be stale');
      await server.untilMetric(SESSIONS, count, 2 * DEADLINE_MS);
      await connect(server, ec);
      await server.untilMetric(SESSIONS, count + 1);
      // Who waits has the keys fetched: this one has not.
      assert.equal(issuer.requests.length, 2);
      assert.equal(await server.metric(FAILURES), 1);
    }));

  test('jwks: a node ends in time while the keys are fetched',
    withIssuer({ keys: [ec] }, async ({ server, issuer }) => {
      issuer.freeze();
      await connect(server, ec);
      await issuer.asked(1);
      const begin = performance.now();
      server.signal('SIGTERM');
      await server.endedCleanly();
      assert.ok(performance.now() - begin < (SANITIZED ? 10_000 : 3_000));
    }));
});

// -- the way to the issuer ----------------------------------------------------

test('jwks: redirects are followed, to another server too', withIssuer({
  keys: [], env: CONTENT,
}, async ({ server, issuer }) => {
  const other = await KeyServer.start({ keys: [ec] });
  try {
    issuer.behaviour = redirecting(other.url, 301);
    await members(server, ec);
    assert.equal(issuer.requests.length, 1);
    assert.equal(other.requests.length, 1);
  } finally {
    await other.close();
  }
}));

test('jwks: the request says who asks, and what for', withIssuer({
  keys: [ec],
  env: (issuer) => ({ JWT_JWKS_URL: `${issuer.url}?tenant=1` }),
}, async ({ server, issuer }) => {
  await members(server, ec);
  const [{ url, headers }] = issuer.requests;
  assert.equal(url, '/jwks.json?tenant=1');
  assert.match(headers['user-agent'], /^signalbox\/\d/);
  assert.match(headers.accept, /application\/json/);
  assert.equal(headers['accept-encoding'], undefined);
}));

test('jwks: a password in the URL is sent and not told', withIssuer({
  keys: [ec],
  env: (issuer) => ({
    LOG_LEVEL: 'trace',
    JWT_JWKS_URL: issuer.url.replace('//', '//user:hush-password@')
      + '?key=hush-query',
  }),
}, async ({ server, issuer }) => {
  issuer.behaviour = failing(503);
  await assertRefused(server, ec, UNAVAILABLE);
  const [{ headers }] = issuer.requests;
  assert.equal(headers.authorization,
    `Basic ${Buffer.from('user:hush-password').toString('base64')}`);
  const line = await until(() => server.logged('keys not fetched'), 'a line');
  assert.equal(line.level, 'warn');
  assert.equal(line.url, issuer.url);
  assert.equal(line.reason, 'answered 503');
  const told = server.log.filter((x) => JSON.stringify(x).includes('hush-'));
  assert.deepEqual(told, []);
}));

test('jwks: an outage is two lines in the log, whatever its length',
  withIssuer({ keys: [ec], env: IMPATIENT }, async ({ server, issuer }) => {
    const lines = () => server.log
      .filter(({ message }) => /^keys (not )?fetched$/.test(message))
      .map(({ message }) => message);
    await members(server, ec);
    issuer.behaviour = failing(503);
    for (let i = 0; i < 10; ++i) {
      await assertRefused(server, unknown, UNAVAILABLE);
    }
    issuer.behaviour = undefined;
    for (let i = 0; i < 10; ++i) {
      await assertRefused(server, unknown, UNAUTHORIZED);
    }
    await until(() => lines().length >= 3, 'three lines');
    assert.deepEqual(lines(),
      ['keys fetched', 'keys not fetched', 'keys fetched']);
    assert.equal(await server.metric(FETCHES), issuer.requests.length);
  }));

test('jwks: a proxy for http is used', (t) => withProxy(
  t, {}, (proxy) => ({
    JWT_JWKS_URL: 'http://issuer.invalid/jwks.json',
    http_proxy: proxy.url,
  }), async ({ server, issuer, proxy }) => {
    await members(server, ec);
    assert.deepEqual(proxy.asked, ['GET http://issuer.invalid/jwks.json']);
    assert.equal(issuer.requests.length, 1);
  }));

describe('jwks: HTTPS', () => {
  /** `env`: a function of the certificates. */
  const withSecureIssuer = (env, body) => (t) => withIssuer({
    keys: [ec], tls: certificates.server, env: env(certificates),
  }, body)(t);

  test('jwks: an issuer is trusted by SSL_CERT_FILE', withSecureIssuer(
    ({ ca }) => ({ SSL_CERT_FILE: ca }),
    async ({ server, issuer }) => {
      await members(server, ec);
      assert.equal(issuer.requests.length, 1);
    }));

  for (const [what, env] of Object.entries({
    'by nobody': () => ({}),
    'by another': ({ otherCa }) => ({ SSL_CERT_FILE: otherCa }),
  })) {
    test(`jwks: an issuer whose certificate is signed ${what} is not asked`,
      withSecureIssuer(env, async ({ server, issuer }) => {
        await assertRefused(server, ec, UNAVAILABLE);
        assert.equal(issuer.requests.length, 0);
        const line = await until(() => server.logged('keys not fetched'),
          'a line');
        assert.match(line.reason, /^SSL certificate problem: /);
      }));
  }

  test('jwks: an https URL is not led to http', withSecureIssuer(
    ({ ca }) => ({ SSL_CERT_FILE: ca }),
    async ({ server, issuer }) => {
      const plain = await KeyServer.start({ keys: [ec] });
      try {
        issuer.behaviour = redirecting(plain.url);
        await assertRefused(server, ec, UNAVAILABLE);
        assert.equal(plain.requests.length, 0);
      } finally {
        await plain.close();
      }
    }));

  test('jwks: a proxy for https is used', (t) => withProxy(
    t, { tls: certificates.server }, (proxy) => ({
      JWT_JWKS_URL: 'https://localhost:1/jwks.json',
      SSL_CERT_FILE: certificates.ca,
      https_proxy: proxy.url,
    }), async ({ server, issuer, proxy }) => {
      await members(server, ec);
      assert.deepEqual(proxy.asked, ['CONNECT localhost:1']);
      assert.equal(issuer.requests.length, 1);
    }));
});
