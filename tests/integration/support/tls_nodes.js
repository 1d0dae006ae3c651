// TLS for the tests of one file: certificates in a directory of their own, and
// what a node and a client need of them.

import { readFileSync } from 'node:fs';
import { after } from 'node:test';

import { makeCertificates } from './certificates.js';
import { makeDirectory, removeDirectory } from './processes.js';

const directory = makeDirectory();
after(() => removeDirectory(directory));

export const certificates = makeCertificates(directory);

/** The environment of a node that speaks TLS; its metrics are on HEALTH_PORT. */
export const WITH_TLS = {
  TLS_CERT_FILE: certificates.server.certificate,
  TLS_KEY_FILE: certificates.server.key,
  HEALTH_PORT: '0',
};

/** That of a node that reaches Redis by TLS. */
export const WITH_REDIS_TLS = {
  REDIS_CA_FILE: certificates.ca,
  REDIS_CERT_FILE: certificates.client.certificate,
  REDIS_KEY_FILE: certificates.client.key,
};

/** A client that trusts the authority: `server.session(room, SECURE)`. */
export const SECURE = {
  secure: { ca: readFileSync(certificates.ca), servername: 'localhost' },
};

/** The same, with more of tls.connect's options. */
export const secure = (options) =>
  ({ secure: { ...SECURE.secure, ...options } });
