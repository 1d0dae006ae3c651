// Certificates for one test, made by openssl: an authority, a server's and a
// client's signed by it, and an authority that signed neither.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Makes them in `directory`; the paths of what was made. */
export function makeCertificates(directory) {
  const at = (name) => path.join(directory, name);
  const authority = (name) => {
    makeKey(at(`${name}.key`));
    openssl('req', '-x509', '-new', '-key', at(`${name}.key`), '-days', '2',
      '-subj', `/CN=${name}`, '-out', at(`${name}.pem`));
    return at(`${name}.pem`);
  };
  const signed = (name, { days = 2 } = {}) => {
    makeKey(at(`${name}.key`));
    openssl('req', '-new', '-key', at(`${name}.key`), '-subj', `/CN=${name}`,
      '-out', at(`${name}.csr`));
    writeFileSync(at(`${name}.ext`),
      'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    openssl('x509', '-req', '-in', at(`${name}.csr`), '-days', `${days}`,
      '-CA', at('authority.pem'), '-CAkey', at('authority.key'),
      '-CAcreateserial', '-extfile', at(`${name}.ext`),
      '-out', at(`${name}.pem`));
    return { certificate: at(`${name}.pem`), key: at(`${name}.key`) };
  };
  const made = {
    ca: authority('authority'),
    otherCa: authority('stranger'),
    server: signed('server'),
    client: signed('client'),
  };
  return {
    ...made,
    /** One more of a server's, signed by the authority. */
    another: signed,
    /** What a TLS client of Node.js needs. */
    clientOptions: () => ({
      tls: true,
      ca: readFileSync(made.ca),
      cert: readFileSync(made.client.certificate),
      key: readFileSync(made.client.key),
    }),
  };
}

function makeKey(file) {
  openssl('genpkey', '-algorithm', 'EC', '-pkeyopt',
    'ec_paramgen_curve:P-256', '-out', file);
}

function openssl(...words) {
  execFileSync('openssl', words, { stdio: 'pipe' });
}
