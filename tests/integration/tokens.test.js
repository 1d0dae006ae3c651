// Tokens signed with a shared secret: who gets in, for how long, and what
// becomes of an address that keeps failing.

import assert from 'node:assert/strict';
import test from 'node:test';

import {
  assertNothingBefore, candidate, marker, offer, PEER_DISCONNECTED,
} from './support/messages.js';
import { withNode } from './support/server.js';
import {
  claimsFor, makeSecret, makeToken, tokenFor,
} from './support/tokens.js';
import { DEADLINE_MS, SANITIZED, throughout, until } from './support/until.js';

const UNAUTHORIZED = { code: 1008, reason: 'Unauthorized' };
const FORBIDDEN = { code: 1008, reason: 'Forbidden' };
const EXPIRED = { code: 1008, reason: 'Token expired' };
const LIMITED = { code: 1013, reason: 'Rate limited' };

const SESSIONS = 'signaling_active_connections';
const FAILURES = 'signalbox_auth_failures_total';
const BLOCKS = 'signalbox_auth_blocks_total';
const BLOCKED = 'signalbox_auth_block_refusals_total';

const SECRET = 'hush-this-is-a-secret-of-many-bytes';
const secret = makeSecret(SECRET);
const now = () => Math.floor(Date.now() / 1000);

const withTokens = (env, body) => withNode({
  env: { ENABLE_AUTH: 'true', JWT_SECRET: SECRET, ...env },
}, body);

/** A connection that shows this token for the room. */
const show = (server, token, { room = 'room', ...options } = {}) =>
  server.session(undefined, {
    query: `?roomId=${room}${token === undefined ? '' : `&token=${token}`}`,
    ...options,
  });

/** Fails unless whoever shows the token is told this. */
async function assertRefused(server, token, why, options) {
  const refused = await show(server, token, options);
  assert.deepEqual(await refused.close(), why);
  await refused.finishClosing(why.code);
}

/** `count` members of the room, in it. */
async function members(server, count, token = tokenFor(secret, 'room')) {
  const already = await server.metric(SESSIONS);
  const all = [];
  for (let i = 0; i < count; i += 1) all.push(await show(server, token));
  await server.untilMetric(SESSIONS, already + count);
  return all;
}

// -- who gets in --------------------------------------------------------------

test('tokens: who holds one for the room is let in', withTokens({
  JWT_ALG: 'HS256,HS384,HS512',
}, async (server) => {
  const all = [];
  for (const alg of ['HS256', 'HS384', 'HS512']) {
    all.push(...await members(server, 1,
      tokenFor(makeSecret(SECRET, alg), 'room')));
  }
  all[0].sendText(offer());
  assert.equal(await all[1].text(), offer());
  assert.equal(await all[2].text(), offer());
}));

test('tokens: who holds none is not, and reaches nobody', withTokens({},
  async (server) => {
    const [witness, sender] = await members(server, 2);
    for (const token of [undefined, '', 'a.b.c', 'nonsense']) {
      const refused = await show(server, token);
      refused.sendText(marker('from outside'));
      assert.deepEqual(await refused.close(), UNAUTHORIZED);
      refused.sendText(marker('from outside, later'));
      await refused.finishClosing(1008);
    }
    assert.equal(await server.metric(SESSIONS), 2);
    await assertNothingBefore(witness, sender);
  }));

test('tokens: a claim of rooms that is no list of names grants nothing',
  withTokens({}, async (server) => {
    for (const rooms of [
      undefined, 'room', [], null, {}, true, 42, [42], [['room']], [null],
      ['Room'], ['roo'], ['room '], ['r*m'], [''], ['rooms*'],
    ]) {
      const token = makeToken(secret, { ...claimsFor('x'), rooms });
      await assertRefused(server, token, FORBIDDEN);
    }
  }));

test('tokens: names and prefixes grant their rooms', withTokens({},
  async (server) => {
    for (const rooms of [
      ['room'], ['other', 'room'], ['ro*'], ['room*'], ['*'], [1, 'room'],
    ]) {
      const [member] = await members(server, 1,
        makeToken(secret, { ...claimsFor('x'), rooms }));
      member.drop();
      await server.untilMetric(SESSIONS, 0);
    }
  }));

test('tokens: the claim of rooms has the configured name', withTokens({
  ROOMS_CLAIM: 'https://example.com/rooms',
}, async (server) => {
  await assertRefused(server, tokenFor(secret, 'room'), FORBIDDEN);
  await members(server, 1, makeToken(secret, {
    exp: now() + 60, 'https://example.com/rooms': ['room'],
  }));
}));

test('tokens: issuer and audience are checked', withTokens({
  JWT_ISSUER: 'https://issuer.test', JWT_AUDIENCE: 'signaling',
}, async (server) => {
  const good = { iss: 'https://issuer.test', aud: 'signaling' };
  const token = (more) => tokenFor(secret, 'room', { ...good, ...more });
  for (const wrong of [
    { iss: undefined }, { iss: 'https://issuer.test/' }, { iss: ['x'] },
    { aud: undefined }, { aud: 'other' }, { aud: [] }, { aud: ['other'] },
    { aud: 'signaling2' },
  ]) {
    await assertRefused(server, token(wrong), UNAUTHORIZED);
  }
  await members(server, 1, token({}));
  await members(server, 1, token({ aud: ['other', 'signaling'] }));
}));

test('tokens: times are checked, with the leeway', withTokens({
  JWT_LEEWAY_SECONDS: '30',
}, async (server) => {
  const token = (more) => tokenFor(secret, 'room', more);
  for (const wrong of [
    { exp: undefined }, { exp: now() - 31 }, { exp: 'never' }, { exp: null },
    { nbf: now() + 60 }, { nbf: 'now' },
  ]) {
    await assertRefused(server, token(wrong), UNAUTHORIZED);
  }
  await members(server, 1, token({ exp: now() - 10 }));
  await members(server, 1, token({ nbf: now() + 20 }));
  await members(server, 1, token({ exp: now() + 60.5, nbf: now() - 0.5 }));
}));

test('tokens: of another algorithm, or of none, they are refused',
  withTokens({}, async (server) => {
    const good = tokenFor(secret, 'room');
    const [, body] = good.split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const token of [
      tokenFor(makeSecret(SECRET, 'HS512'), 'room'), `${none}.${body}.`,
      `${good}x`, good.slice(0, -1), tokenFor(makeSecret('other'), 'room'),
    ]) {
      await assertRefused(server, token, UNAUTHORIZED);
    }
  }));

test('tokens: the secret before is good during a rotation', withTokens({
  JWT_SECRET_PREVIOUS: 'the-secret-before-of-so-many-bytes',
}, async (server) => {
  const before = makeSecret('the-secret-before-of-so-many-bytes');
  const [a] = await members(server, 1);
  const [b] = await members(server, 1, tokenFor(before, 'room'));
  a.sendText(offer());
  assert.equal(await b.text(), offer());
  await assertRefused(server, tokenFor(makeSecret('other'), 'room'),
    UNAUTHORIZED);
}));

test('tokens: a secret of one byte works, and is warned about', withTokens({
  JWT_SECRET: 's', ENABLE_AUTH: 'True',
}, async (server) => {
  await members(server, 1, tokenFor(makeSecret('s'), 'room'));
  assert.ok(server.log.some(({ level, message }) =>
    level === 'warn' && /JWT_SECRET.*shorter than 32 bytes/.test(message)));
}));

test('tokens: what is sent in `open` arrives, in order', withTokens({},
  async (server) => {
    const [receiver] = await members(server, 1);
    const sent = Array.from({ length: 20 }, (_, i) => candidate(i));
    const sender = await show(server, tokenFor(secret, 'room'));
    sender.sendText(...sent);
    assert.deepEqual(await receiver.texts(20), sent);
  }));

test('tokens: without ENABLE_AUTH nobody asks for one', withNode({
  env: { JWT_SECRET: SECRET },
}, async (server) => {
  await members(server, 1, 'nonsense');
}));

// -- for how long -------------------------------------------------------------

test('tokens: the end of its token ends a session, and its peers hear it',
  // The handshake's time bounds no session.
  withTokens({ HANDSHAKE_TIMEOUT_MS: '2500' }, async (server) => {
    const [peer] = await members(server, 1);
    const exp = now() + (SANITIZED ? 10 : 5);
    const [short] = await members(server, 1,
      tokenFor(secret, 'room', { exp }));
    short.sendText(offer());
    assert.equal(await peer.text(), offer());
    assert.deepEqual(await short.close('the end', 2 * DEADLINE_MS), EXPIRED);
    assert.ok(Date.now() >= exp * 1000, 'not early');
    await short.finishClosing(1008);
    assert.equal(await peer.text(), PEER_DISCONNECTED);
    await assertRefused(server, tokenFor(secret, 'room', { exp }),
      UNAUTHORIZED);
  }));

test('tokens: the leeway lets a session stay as long', withTokens({
  JWT_LEEWAY_SECONDS: '60',
}, async (server) => {
  const [member, other] = await members(server, 2,
    tokenFor(secret, 'room', { exp: now() }));
  await throughout(2_000, async () => assert.equal(member.end, undefined));
  member.sendText(offer());
  assert.equal(await other.text(), offer());
}));

// -- addresses that keep failing ----------------------------------------------

test('tokens: an address that fails too often is blocked for a while',
  withTokens({
    AUTH_FAILURES_PER_10S: '3', AUTH_BLOCK_MS: SANITIZED ? '8000' : '4000',
    TRUSTED_PROXIES: '127.0.0.1/32',
  }, async (server) => {
    const good = tokenFor(secret, 'room');
    const from = (address) => ({ headers: { 'X-Forwarded-For': address } });
    const bad = from('198.51.100.1');
    const inside = await show(server, good, bad);
    await server.untilMetric(SESSIONS, 1);
    for (let i = 0; i < 3; i += 1) {
      await assertRefused(server, tokenFor(secret, 'other'), FORBIDDEN, bad);
    }
    assert.equal(await server.metric(BLOCKS), 0);
    await assertRefused(server, 'nonsense', UNAUTHORIZED, bad);
    assert.equal(await server.metric(FAILURES), 4);
    assert.equal(await server.metric(BLOCKS), 1);
    // A good token does not help, nor does it shorten the block.
    await assertRefused(server, good, LIMITED, bad);
    await assertRefused(server, good, LIMITED, bad);
    assert.equal(await server.metric(BLOCKED), 2);
    assert.ok(server.log.some(({ level, message, client }) =>
      level === 'warn' && /blocked/.test(message)
      && client === '198.51.100.1'));
    // Others are not concerned, nor is who was in before.
    const other = await show(server, good, from('198.51.100.2'));
    await server.untilMetric(SESSIONS, 2);
    inside.sendText(offer());
    assert.equal(await other.text(), offer());
    await until(async () => {
      const back = await show(server, good, bad);
      back.sendText(marker('back'));
      await until(() => back.frames.length + other.frames.length > 0,
        'a refusal, or to be heard');
      if (other.frames.length > 0) return true;
      assert.deepEqual(await back.close(), LIMITED);
      back.drop();
      return false;
    }, 'the block to end');
    assert.equal(await other.text(), marker('back'));
  }));

// -- secrets ------------------------------------------------------------------

test('tokens: nothing of them is logged', withTokens({ LOG_LEVEL: 'trace' },
  async (server) => {
    const tokens = [
      tokenFor(secret, 'room', { sub: 'hush-subject', hush: 'hush-claim' }),
      tokenFor(makeSecret('hush-other'), 'room'),
      tokenFor(secret, 'hush-room'),
    ];
    await members(server, 1, tokens[0]);
    await assertRefused(server, tokens[1], UNAUTHORIZED);
    await assertRefused(server, tokens[2], FORBIDDEN);
    const metrics = (await server.http('/metrics')).body;
    const written = JSON.stringify(server.log) + metrics;
    for (const token of tokens) {
      for (const part of token.split('.').slice(1)) {
        assert.ok(!written.includes(part), part);
      }
    }
    assert.doesNotMatch(written, /hush/);
  }));
