// JSON Web Tokens and the keys that sign them, by node:crypto alone: good ones,
// and those that must not be believed.

import {
  constants, createHmac, createPublicKey, generateKeyPairSync, sign,
} from 'node:crypto';

const now = () => Math.floor(Date.now() / 1000);

const base64url = (value) => Buffer.from(value).toString('base64url');
const part = (value) => base64url(JSON.stringify(value));

const CURVES = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/** A key pair for this algorithm (RS, PS, ES, EdDSA), with a name. */
export function makeKey(alg, kid = `${alg}-${Math.random()}`) {
  const pair = alg === 'EdDSA' ? generateKeyPairSync('ed25519')
    : CURVES[alg] ? generateKeyPairSync('ec', { namedCurve: CURVES[alg] })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { alg, kid, ...pair };
}

/** A secret for an HS algorithm, in the place of a key pair. */
export const makeSecret = (secret, alg = 'HS256') => ({ alg, secret });

/** The public key as a key set holds it. */
export function jwkOf(key) {
  return {
    ...key.publicKey.export({ format: 'jwk' }),
    kid: key.kid, alg: key.alg, use: 'sig',
  };
}

/** Claims of an hour that let into these rooms. */
export const claimsFor = (rooms, more = {}) => ({
  sub: 'somebody', exp: now() + 3600, rooms: [rooms].flat(), ...more,
});

/** `header` adds to what the key says, or overrides it (undefined: left out). */
export function makeToken(key, claims, header = {}) {
  const head = { alg: key.alg, typ: 'JWT', kid: key.kid, ...header };
  const text = `${part(head)}.${part(claims)}`;
  return `${text}.${base64url(signature(key, text))}`;
}

/** A good token for these rooms. */
export const tokenFor = (key, rooms, more) =>
  makeToken(key, claimsFor(rooms, more));

function signature({ alg, secret, privateKey }, text) {
  const data = Buffer.from(text);
  const hash = `sha${alg.slice(2)}`;
  switch (alg.slice(0, 2)) {
    case 'HS':
      return createHmac(hash, secret).update(data).digest();
    case 'RS':
      return sign(hash, data, privateKey);
    case 'PS':
      return sign(hash, data, {
        key: privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      });
    case 'ES':
      return sign(hash, data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    default:
      return sign(null, data, privateKey);
  }
}

/**
 * Tokens that would let into `room` if any of them was believed: what is wrong
 * with each, and the token. `key` is known to the node.
 */
export function brokenTokens(key, room) {
  const claims = claimsFor(room);
  const good = makeToken(key, claims);
  const [head, body, signed] = good.split('.');
  const stranger = makeKey(key.alg, key.kid);
  // What an attacker has: the public key, in each form that it is passed around.
  const forged = Object.fromEntries(['pem', 'der'].map((format) => [
    `the public key as a secret (${format})`,
    makeToken({
      alg: 'HS256', kid: key.kid,
      secret: createPublicKey(key.privateKey).export({ type: 'spki', format }),
    }, claims),
  ]));
  return {
    'alg none': `${part({ alg: 'none', kid: key.kid })}.${body}.`,
    'alg none, signed': `${part({ alg: 'none', kid: key.kid })}.${body}.${signed}`,
    'alg NONE': `${part({ alg: 'NONE', kid: key.kid })}.${body}.`,
    'no alg': makeToken(key, claims, { alg: undefined }),
    ...forged,
    'another key of the same name': makeToken(stranger, claims),
    'other claims': `${head}.${part({ ...claims, sub: 'root' })}.${signed}`,
    'another header': `${part({ alg: key.alg, kid: key.kid })}.${body}.${signed}`,
    'no signature': `${head}.${body}.`,
    'half a signature': good.slice(0, -40),
    'two parts': `${head}.${body}`,
    'four parts': `${good}.`,
    'its signature twice': `${good}.${signed}`,
    'what is critical and unknown': makeToken(key, claims,
      { crit: ['x'], x: true }),
    'an end that has passed': makeToken(key, { ...claims, exp: now() - 1 }),
    'no end': makeToken(key, { ...claims, exp: undefined }),
    'a beginning to come': makeToken(key, { ...claims, nbf: now() + 60 }),
  };
}
