// Native TLS: the same sessions, and what only TLS can do wrong.

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import test from 'node:test';
import tls from 'node:tls';
import WebSocket from 'ws';

import { CLOSE, textFrame } from './support/frames.js';
import {
  PEER_DISCONNECTED, assertNothingBefore, countOf, marker, messageOfSize, offer,
} from './support/messages.js';
import { closeOf } from './support/raw_client.js';
import { runToEnd, withNode } from './support/server.js';
import { SECURE, WITH_TLS, certificates, secure } from './support/tls_nodes.js';
import { SANITIZED, until } from './support/until.js';
import { WsClient } from './support/ws_client.js';

const FAILURES = 'signalbox_tls_handshake_failures_total';
const ACTIVE = 'signaling_active_connections';
const withTls = (body, env = {}) =>
  withNode({ env: { ...WITH_TLS, ...env } }, body);

/** Sessions in one room, all by TLS. */
const gather = (server, count, room = 'room') =>
  server.sessions(room, count, SECURE);

/** How the node takes its leave of one who tries TLS: an alert, or silence. */
function refusal(server, options) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      port: server.port, host: '127.0.0.1', ...SECURE.secure, ...options,
    });
    socket.once('secureConnect', () => {
      socket.destroy();
      reject(new Error('hands were shaken'));
    });
    socket.once('error', (error) => resolve(error.code));
  });
}

// -- sessions -----------------------------------------------------------------

test('tls: clients of the ws package relay both ways, up to 64 KiB', withTls(
  async (server) => {
    const client = async (room) => {
      const url = `wss://localhost:${server.port}/?roomId=${room}`;
      const made = new WsClient(
        new WebSocket(url, { ca: SECURE.secure.ca, family: 4 }));
      await made.opened();
      return made;
    };
    // Homes of both shards, whichever accepted.
    for (let i = 0; i < 8; ++i) {
      const a = await client(`room-${i}`);
      const b = await client(`room-${i}`);
      a.socket.send(messageOfSize(65536));
      await until(() => b.messages.length > 0, 'a large message');
      assert.equal(b.messages.shift(), messageOfSize(65536));
      b.socket.send(offer());
      await until(() => a.messages.length > 0, 'its answer');
      assert.equal(a.messages.shift(), offer());
      a.drop();
      b.drop();
    }
    await server.untilMetric(ACTIVE, 0);
  }));

test('tls: what follows the request in the same record is not lost', withTls(
  async (server) => {
    const receiver = await server.session('room', SECURE);
    const texts = Array.from({ length: 20 }, (_, i) => marker(i));
    await server.session('room', {
      ...SECURE, then: texts.map((text) => textFrame(text)),
    });
    assert.deepEqual(await receiver.texts(20), texts);
  }));

test('tls: thousands of messages keep their order', withTls(
  async (server) => {
    const [receiver, sender] = await gather(server, 2);
    const texts = Array.from({ length: 5000 },
      (_, i) => marker(`${i}`.padEnd(i % 700, 'x')));
    sender.sendText(...texts);
    assert.deepEqual(await receiver.texts(texts.length), texts);
  }));

test('tls: a message may come in one-byte writes', withTls(
  async (server) => {
    const [receiver, sender] = await gather(server, 2);
    for (const byte of textFrame(offer())) sender.write(Buffer.of(byte));
    assert.equal(await receiver.text(), offer());
  }));

test('tls: endpoints answer, several requests a connection', withTls(
  async (server) => {
    const client = await server.raw(SECURE);
    for (const [target, status] of [
      ['/healthz', 200], ['/readyz', 200], ['/metrics', 200], ['/', 426],
    ]) {
      client.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      assert.equal((await client.response()).status, status, target);
    }
    client.write('GET / HTTP/1.1\r\nno host\r\n\r\n');
    assert.equal((await client.response()).status, 400);
    await client.ended();
  }));

test('tls: HEALTH_PORT speaks plain HTTP', withTls(
  async (server) => {
    const port = server.healthPort;
    assert.equal((await server.http('/healthz', { port })).body, 'ok');
  }));

test('tls: where WSS is required, native TLS will do', withTls(
  async (server) => {
    const [a, b] = await gather(server, 2);
    b.sendText(offer());
    assert.equal(await a.text(), offer());
  }, { REQUIRE_WSS: 'true' }));

// -- handshakes ---------------------------------------------------------------

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  test(`tls: ${version} is spoken, and HTTP/1.1 agreed on`, withTls(
    async (server) => {
      const client = await server.session('room', secure({
        minVersion: version,
        maxVersion: version,
        ALPNProtocols: ['h2', 'http/1.1'],
      }));
      assert.equal(client.socket.getProtocol(), version);
      assert.equal(client.socket.alpnProtocol, 'http/1.1');
      assert.equal(client.socket.authorized, true);
      const peer = await server.session('room', SECURE);
      peer.sendText(offer());
      assert.equal(await client.text(), offer());
    }));
}

const REFUSED = {
  'TLS 1.1': [{
    minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0',
  }, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'],
  'a cipher without forward secrecy': [{
    maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256',
  }, 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'],
  'HTTP/2 alone': [{ ALPNProtocols: ['h2'] },
    'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'],
};

for (const [what, [options, code]] of Object.entries(REFUSED)) {
  test(`tls: ${what} is refused, with an alert that says so`, withTls(
    async (server) => {
      assert.equal(await refusal(server, options), code);
      await server.untilMetric(FAILURES, 1);
      await server.untilMetric('signalbox_http_connections', 1);
    }));
}

test('tls: a client may come back with its ticket', withTls(
  async (server) => {
    const first = await server.raw(secure({ maxVersion: 'TLSv1.2' }));
    const session = await until(() => first.socket.getSession(), 'a ticket');
    const second = await server.raw(
      secure({ maxVersion: 'TLSv1.2', session }));
    assert.equal(second.socket.isSessionReused(), true);
    assert.equal((await second.upgrade({ target: '/?roomId=room' })).status,
      101);
  }));

// -- bad neighbours -----------------------------------------------------------

for (const [what, bytes] of [
  ['plain HTTP', 'GET /?roomId=room HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['garbage', Buffer.from('ff00ff00ff00ff00', 'hex')],
  ['zeros', Buffer.alloc(100_000)],
  ['a PROXY header that nobody asked for',
    'PROXY TCP4 1.2.3.4 127.0.0.1 1 2\r\n'],
]) {
  test(`tls: ${what} in place of a handshake ends that connection only`,
    withTls(async (server) => {
      const [a, b] = await gather(server, 2);
      const client = await server.raw();
      client.write(bytes);
      await client.ended();
      await server.untilMetric(FAILURES, 1);
      await assertNothingBefore(a, b);
    }));
}

test('tls: garbage in the middle of a session ends that session only', withTls(
  async (server) => {
    const [a, b, victim] = await gather(server, 3);
    victim.transport.write('GET / HTTP/1.1\r\n\r\n');
    await victim.ended();
    assert.equal(await a.text(), PEER_DISCONNECTED);
    assert.equal(await b.text(), PEER_DISCONNECTED);
    await assertNothingBefore(a, b);
    assert.equal(await server.metric(FAILURES), 0);
  }));

test('tls: a connection that is dropped without a word is a leave', withTls(
  async (server) => {
    const [a, dropped, reset] = await gather(server, 3);
    dropped.transport.destroy();
    assert.equal(await a.text(), PEER_DISCONNECTED);
    reset.reset();
    assert.equal(await a.text(), PEER_DISCONNECTED);
    await server.untilMetric(ACTIVE, 1);
  }));

test('tls: connections dropped in any state leave nothing', withTls(
  async (server) => {
    const [a, b] = await gather(server, 2);
    const before = await until(async () => {
      const count = server.descriptors();
      return (await server.metric('signalbox_http_connections')) === 1
        && count;
    }, 'rest');
    const hello = Buffer.from('1603010200010001fc0303', 'hex');
    const ways = [
      async () => (await server.raw()).reset(),
      async () => {
        const client = await server.raw();
        client.write(hello);
        client.reset();
      },
      async () => (await server.raw(SECURE)).reset(),
      async () => (await server.raw(SECURE)).drop(),
      async () => (await server.session('other', SECURE)).reset(),
      async () => (await server.session('other', SECURE)).drop(),
      async () => {
        const client = await server.session('other', SECURE);
        client.sendClose(1000);
        await client.ended();
      },
    ];
    for (let i = 0; i < 210; ++i) await ways[i % ways.length]();
    await until(() => server.descriptors() <= before, 'their descriptors');
    await server.untilMetric(ACTIVE, 2);
    await server.untilMetric('signalbox_connections', 2);
    await assertNothingBefore(a, b);
  }));

test('tls: one who reads nothing is closed, and finds whole messages', withTls(
  async (server) => {
    const [sender, reader, deaf] = await gather(server, 3);
    const text = messageOfSize(65536);
    deaf.goDeaf();
    const before = server.residentBytes();
    let rounds = 0;
    while (countOf(sender, PEER_DISCONNECTED) === 0 && rounds < 1024) {
      rounds += 1;
      sender.sendText(text);
      let came = await reader.text();
      if (came === PEER_DISCONNECTED) came = await reader.text();
      assert.equal(came, text);
    }
    assert.equal(
      await server.metric('signaling_backpressure_closes_total'), 1);
    const grown = server.residentBytes() - before;
    assert.ok(grown < (SANITIZED ? 256 : 24) * 2 ** 20, `grew by ${grown}`);
    deaf.listenAgain();
    const end = await deaf.untilClose();
    assert.deepEqual([end.code, end.reason], [1013, 'Server overloaded']);
    for (const frame of end.before) {
      assert.equal(frame.payload.toString(), text);
    }
  }));

// -- the end ------------------------------------------------------------------

test('tls: a session that closes is told so by TLS too', withTls(
  async (server) => {
    const client = await server.session('room', SECURE);
    client.sendClose(1000);
    assert.equal((await client.close()).code, 1000);
    // Node.js says `end` for the alert, and an error for a bare FIN.
    assert.equal(await client.ended(), 'end');
  }));

test('tls: a drain closes sessions with their code', withTls(
  async (server) => {
    const clients = await gather(server, 10);
    for (const client of clients) {
      client.socket.on('data', () => {
        const last = client.frames.at(-1);
        if (last?.opcode === CLOSE) client.sendClose(closeOf(last).code);
      });
    }
    server.signal('SIGTERM');
    await server.endedCleanly();
    for (const client of clients) {
      const { code, reason } = await client.untilClose();
      assert.deepEqual([code, reason], [1012, 'Server draining']);
    }
  }, { DRAIN_TIMEOUT_MS: '1000' }));

// -- certificates -------------------------------------------------------------

/** A node whose certificate is in files of its own, to be replaced. */
function withOwnFiles(body, env = {}) {
  const directory = mkdtempSync(
    path.join(path.dirname(certificates.ca), 'own-'));
  const files = {
    certificate: path.join(directory, 'tls.pem'),
    key: path.join(directory, 'tls.key'),
  };
  const show = ({ certificate, key }) => {
    copyFileSync(certificate, files.certificate);
    copyFileSync(key, files.key);
  };
  show(certificates.server);
  return withNode({
    env: {
      TLS_CERT_FILE: files.certificate,
      TLS_KEY_FILE: files.key,
      HEALTH_PORT: '0',
      ...env,
    },
  }, (server) => body(server, { ...files, show }));
}

/** Which certificate a new connection is shown. */
async function shown(server) {
  const client = await server.raw(SECURE);
  const { subject } = client.socket.getPeerCertificate();
  client.drop();
  return subject.CN;
}

const linesOf = (server, message) =>
  server.log.filter((line) => line.message === message);

test('tls: SIGHUP loads a new certificate, and sessions go on', withOwnFiles(
  async (server, files) => {
    const [a, b] = await gather(server, 2);
    assert.equal(await shown(server), 'server');
    files.show(certificates.another('renewed'));
    server.signal('SIGHUP');
    await until(() => linesOf(server, 'TLS certificate loaded').length === 2,
      'the reload');
    const line = linesOf(server, 'TLS certificate loaded')[1];
    assert.equal(line.subject, 'CN=renewed');
    assert.match(line.valid_until, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(await shown(server), 'renewed');
    b.sendText(offer());
    assert.equal(await a.text(), offer());
    const c = await server.session('room', SECURE);
    c.sendText(marker('from the new one'));
    assert.equal(await a.text(), marker('from the new one'));
  }));

test('tls: a certificate that has expired is shown, and warned about',
  withOwnFiles(async (server, files) => {
    const expired = 'TLS certificate has expired';
    assert.equal(server.logged(expired), undefined);
    files.show(certificates.another('bygone', { days: -1 }));
    server.signal('SIGHUP');
    const line = await until(() => server.logged(expired), 'the warning');
    assert.equal(line.level, 'warn');
    assert.equal(line.subject, 'CN=bygone');
    assert.ok(new Date(line.valid_until) < new Date(), line.valid_until);
    assert.equal(await refusal(server, {}), 'CERT_HAS_EXPIRED');
  }));

for (const [what, spoil, reason] of [
  ['a key of something else',
    ({ key }) => copyFileSync(certificates.client.key, key),
    ({ key }) => `cannot load the TLS key ${key}: key values mismatch`],
  ['no certificate in the file',
    ({ certificate }) => writeFileSync(certificate, 'nothing\n'),
    ({ certificate }) =>
      `cannot load the TLS certificate ${certificate}: no start line`],
]) {
  test(`tls: a reload with ${what} keeps the old certificate`, withOwnFiles(
    async (server, files) => {
      const failed = 'TLS certificate not reloaded, the old one stays';
      const [a, b] = await gather(server, 2);
      spoil(files);
      server.signal('SIGHUP');
      await until(() => server.logged(failed), 'the complaint');
      assert.equal(server.logged(failed).level, 'error');
      assert.equal(server.logged(failed).reason, reason(files));
      assert.equal(await shown(server), 'server');
      await assertNothingBefore(a, b);
      // And the next one may be well.
      files.show(certificates.another('repaired'));
      server.signal('SIGHUP');
      await until(() => linesOf(server, 'TLS certificate loaded').length === 2,
        'the reload');
      assert.equal(await shown(server), 'repaired');
    }));
}

test('tls: SIGHUP during a drain ends nothing early', withOwnFiles(
  async (server) => {
    const client = await server.session('room', SECURE);
    server.signal('SIGTERM');
    await until(async () => {
      const answer = await server.http('/readyz', { port: server.healthPort });
      return answer.status === 503;
    }, 'the drain to begin');
    server.signal('SIGHUP');
    server.signal('SIGHUP');
    await until(() => linesOf(server, 'TLS certificate loaded').length > 1,
      'the reload');
    const { code } = await client.untilClose();
    assert.equal(code, 1012);
    await client.finishClosing(code);
    await server.endedCleanly();
  }, { DRAIN_TIMEOUT_MS: '3000' }));

test('tls: SIGHUP without a certificate ends nothing', withNode({},
  async (server) => {
    const message = 'nothing to reload: there is no TLS certificate';
    const [a, b] = await server.sessions('room', 2);
    server.signal('SIGHUP');
    await until(() => linesOf(server, message).length === 1, 'the first');
    server.signal('SIGHUP');
    await until(() => linesOf(server, message).length === 2, 'the second');
    await assertNothingBefore(a, b);
  }));

for (const [what, key, reason] of [
  ['a key of something else', certificates.client.key, 'key values mismatch'],
  ['a key that is none', certificates.ca, undefined],
]) {
  test(`tls: ${what} stops the start and is named`, async () => {
    const run = await runToEnd({
      env: {
        PORT: '0', TLS_CERT_FILE: certificates.server.certificate,
        TLS_KEY_FILE: key,
      },
    });
    assert.equal(run.code, 1);
    const line = run.stdout.split('\n').map((text) => text && JSON.parse(text))
      .find(({ message }) => message === 'cannot start');
    assert.ok(line.reason.startsWith(`cannot load the TLS key ${key}: `),
      line.reason);
    if (reason) assert.ok(line.reason.endsWith(`: ${reason}`), line.reason);
  });
}

test('tls: files that cannot be read stop the start and are named',
  async () => {
    const run = await runToEnd({
      env: {
        TLS_CERT_FILE: '/nowhere/tls.pem', TLS_KEY_FILE: '/nowhere/tls.key',
      },
    });
    assert.equal(run.code, 2);
    assert.match(run.stderr, /TLS_CERT_FILE=\/nowhere\/tls\.pem/);
    assert.match(run.stderr, /TLS_KEY_FILE=\/nowhere\/tls\.key/);
  });

test('tls: ordinary HTTPS clients are served', withTls(
  async (server) => {
    const body = await new Promise((resolve, reject) => {
      https.get({
        host: 'localhost', family: 4, port: server.port, path: '/healthz',
        ca: readFileSync(certificates.ca), agent: false,
      }, (response) => {
        let text = '';
        response.on('data', (chunk) => { text += chunk; });
        response.once('end', () => resolve(text));
      }).once('error', reject);
    });
    assert.equal(body, 'ok');
  }));
