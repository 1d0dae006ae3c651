// The commands that ask a running node, and what is in their way: tokens, nodes
// that say no or nothing or nonsense, proxies, certificates.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import {
  giving, redirecting, silent, withMock,
} from './support/admin_mock.js';
import { makeCertificates } from './support/certificates.js';
import { printed, refused, run, runCommand, told } from './support/console.js';
import { makeDirectory, removeDirectory } from './support/processes.js';
import { freePort } from './support/server.js';
import { until } from './support/until.js';

const TOKEN = 'hush-hush';

// -- tokens -------------------------------------------------------------------

const HOW_TO_GIVE = "; give the node's ADMIN_TOKEN by --token-file FILE, or in "
  + 'the variable ADMIN_TOKEN';

test('console: the token is shown to the node, from wherever it comes',
  withMock({}, async (mock) => {
    mock.token = TOKEN;
    const directory = makeDirectory();
    try {
      const file = path.join(directory, 'token');
      writeFileSync(file, `${TOKEN}\n`);
      for (const [words, env] of [
        [['rooms', '--token-file', file], {}],
        [['rooms', '--token-file', file], { ADMIN_TOKEN: 'other' }],
        [['rooms', '--token', TOKEN], { ADMIN_TOKEN: 'other' }],
        [['rooms'], { ADMIN_TOKEN: TOKEN }],
      ]) {
        const { code, stderr } = await run(mock, words, env);
        assert.deepEqual([code, stderr], [0, '']);
      }
      assert.deepEqual(mock.requests.map((x) => x.authorization),
        Array(4).fill(`Bearer ${TOKEN}`));
    } finally {
      removeDirectory(directory);
    }
  }));

test('console: without a token 401 says how to give one',
  withMock({}, async (mock) => {
    mock.token = TOKEN;
    assert.equal(await refused(mock, ['rooms']), told(mock, 'GET rooms',
      `401: A token is needed.${HOW_TO_GIVE}`));
    assert.equal(mock.requests[0].authorization, undefined);
  }));

test('console: a wrong token is not repeated', withMock({}, async (mock) => {
  mock.token = 'another';
  for (const words of [['rooms'], ['top'], ['kick', '1'], ['drain']]) {
    const said = await refused(mock, words, { ADMIN_TOKEN: TOKEN });
    assert.ok(!said.includes(TOKEN));
    assert.match(said,
      /: 401: A token is needed\.; the token is not the node's ADMIN_TOKEN\n$/);
  }
}));

// -- a node in trouble --------------------------------------------------------

test('console: an unknown id is said to be that', withMock({}, async (mock) => {
  assert.equal(await refused(mock, ['kick', '404']),
    told(mock, 'POST sessions/404/kick', '404: No such thing: 404'));
}));

test('console: a node that is not there is named with why', async () => {
  const mock = { url: `http://127.0.0.1:${await freePort()}` };
  for (const word of ['overview', 'top', 'rooms', 'drain']) {
    const said = await refused(mock, [word]);
    assert.ok(said.includes(mock.url), said);
    assert.match(said, /: connect: Connection refused\n$/);
  }
});

test('console: a node that says nothing is given up after 10 s',
  withMock({}, async (mock) => {
    mock.behaviour = silent;
    const begin = performance.now();
    const { code, stderr } = await run(mock, ['overview']);
    const took = performance.now() - begin;
    assert.deepEqual([code, stderr],
      [1, told(mock, 'GET overview', 'no answer in time')]);
    assert.ok(took > 9_500 && took < 20_000, `${took} ms`);
  }));

test('console: an answer that is no JSON object is refused',
  withMock({}, async (mock) => {
    for (const body of ['<html>', '[]', '', '{"a":1} x', '\x1b[2J']) {
      mock.behaviour = giving(200, body);
      assert.equal(await refused(mock, ['overview']), told(mock, 'GET overview',
        "200, and no JSON object: is this a node's admin API?"));
    }
    mock.behaviour = giving(426, 'Upgrade Required');
    assert.equal(await refused(mock, ['overview']),
      told(mock, 'GET overview', '426'));
  }));

test('console: an answer that goes on and on is cut off',
  withMock({}, async (mock) => {
    mock.behaviour = (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(' '.repeat(65536)));
      };
      response.on('drain', more);
      more();
    };
    assert.equal(await refused(mock, ['overview']), told(mock, 'GET overview',
      '200: an answer of more than 4194304 bytes'));
  }));

test('console: a connection that breaks off is said to',
  withMock({}, async (mock) => {
    mock.behaviour = (request) => request.socket.destroy();
    assert.equal(await refused(mock, ['overview']),
      told(mock, 'GET overview', 'closed without an answer'));
  }));

test('console: the token follows no redirect', withMock({}, async (mock) => {
  await withMock({}, async (other) => {
    mock.behaviour = redirecting(`${other.url}/admin/api/v1/rooms`);
    assert.equal(
      await refused(mock, ['rooms'], { ADMIN_TOKEN: TOKEN }),
      told(mock, 'GET rooms',
        '302: redirects are not followed; give --admin-url where it leads'));
    assert.equal(other.requests.length, 0);
  })();
}));

test('console: a list without items is refused', withMock({}, async (mock) => {
  mock.behaviour = giving(200, { items: 1 });
  assert.equal(await refused(mock, ['rooms']),
    'signalbox: rooms: no list of items in it\n');
}));

// -- the way there ------------------------------------------------------------

test('console: the URL may have a prefix, and a slash behind it',
  withMock({}, async (mock) => {
    mock.prefix = '/box/one';
    assert.match(await printed(mock, 'rooms', '--admin-url', `${mock.url}/`),
      /^ROOM /);
    assert.deepEqual(mock.requests.map((x) => x.url),
      ['/box/one/admin/api/v1/rooms']);
  }));

test("console: without a URL the node's own port is asked",
  withMock({}, async (mock) => {
    const { port } = mock;
    for (const env of [{ PORT: port }, { PORT: 1, HEALTH_PORT: port }]) {
      const { code, stderr } = await runCommand(['rooms'], env);
      assert.deepEqual([code, stderr], [0, '']);
    }
  }));

test('console: no proxy leads to this machine', withMock({}, async (mock) => {
  const proxy = `http://127.0.0.1:${await freePort()}`;
  const { code, stderr } = await run(mock, ['rooms'],
    { http_proxy: proxy, ALL_PROXY: proxy });
  assert.deepEqual([code, stderr], [0, '']);
}));

test('console: https is checked against the authority that is named',
  async (t) => {
    const directory = makeDirectory();
    try {
      const { ca, otherCa, server } = makeCertificates(directory);
      await withMock({ tls: server }, async (mock) => {
        assert.match(await printed(mock, 'rooms', '--ca-file', ca), /^ROOM /);
        for (const words of [['rooms'], ['rooms', '--ca-file', otherCa]]) {
          assert.match(await refused(mock, words, { ADMIN_TOKEN: TOKEN }),
            /: SSL certificate problem: .*\n$/);
        }
        assert.equal(mock.requests.length, 1);
      })(t);
    } finally {
      removeDirectory(directory);
    }
  });

// -- drain --wait -------------------------------------------------------------

test('console: drain --wait ends with the last session',
  withMock({}, async (mock) => {
    const ended = run(mock, ['drain', '--wait']);
    await until(() => mock.requests.length >= 3, 'it to ask again');
    mock.overview.sessions = 0;
    const { code, stdout, stderr } = await ended;
    assert.deepEqual([code, stdout, stderr], [0, 'draining\n', '']);
  }));

test('console: drain --wait gives up in time', withMock({}, async (mock) => {
  const { code, stdout, stderr } = await run(mock,
    ['drain', '--wait', '--timeout', '0.5']);
  assert.deepEqual([code, stdout, stderr],
    [1, 'draining\n', 'signalbox: still draining; sessions left: 2\n']);
}));

test('console: drain --wait notices a cancel', withMock({}, async (mock) => {
  const ended = run(mock, ['drain', '--wait']);
  await until(() => mock.requests.length >= 2, 'it to ask');
  mock.overview.isDraining = false;
  const { code, stderr } = await ended;
  assert.deepEqual([code, stderr],
    [1, 'signalbox: the drain was cancelled; sessions left: 2\n']);
}));
