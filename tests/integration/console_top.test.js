// `signalbox top` in a terminal: that it draws, follows what changes, and
// leaves the terminal as it was, however it ends.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { giving, silent, withMock } from './support/admin_mock.js';
import { PseudoTerminal } from './support/pseudo_terminal.js';
import { binary, environment } from './support/server.js';
import { until } from './support/until.js';

/** A test body with `top` before a mock: `withTop(options, async ({...}))`. */
const withTop = (options, body) => withMock({}, async (mock) => {
  const terminal = new PseudoTerminal(
    [binary(), 'top', '--interval', '0.25'],
    { ...options, env: environment({ ADMIN_URL: mock.url }, {}) });
  try {
    await terminal.shows((lines) => lines[0]?.startsWith('signalbox node1'),
      'the first drawing');
    await body({ mock, terminal });
  } finally {
    terminal.kill();
  }
});

const line = (terminal, start) =>
  terminal.screen.find((x) => x.startsWith(start)) ?? '';

test('console: top draws on a screen of its own and q gives it back',
  withTop({ then: 'echo code=$?; stty -a' }, async ({ mock, terminal }) => {
    assert.equal(terminal.entered, 1);
    await terminal.shows((x) => x.some((y) => y.startsWith('9      room')),
      'the actor');
    await until(() =>
      mock.asked.includes('GET actors?sort=handlingSeconds&limit=24'),
    'a question for as many as the screen holds');
    terminal.type('xq');
    assert.equal(await terminal.exited(), 0);
    assert.deepEqual([terminal.entered, terminal.left], [1, 1]);
    assert.match(terminal.afterwards, /^code=0\r\n/);
    assert.match(terminal.afterwards, / icanon .* echo /s);
  }));

test('console: top follows what changes, in rates by the clock of the node',
  withTop({}, async ({ mock, terminal }) => {
    assert.equal(line(terminal, 'messages').slice(-17), '(since the start)');
    mock.overview.uptimeSeconds = 102;
    mock.overview.counters.messagesReceived = 1240;
    mock.overview.sessions = 77;
    await terminal.shows((x) => x[1].startsWith('sessions 77 ')
      && x[2].startsWith('messages in 120/s out 0/s')
      && x[2].endsWith('(over 2.00s)'), 'two seconds of the node');
    terminal.type('q');
    assert.equal(await terminal.exited(), 0);
  }));

test('console: top says that a node is away, and finds it again',
  withTop({ columns: 200 }, async ({ mock, terminal }) => {
    await mock.refuse();
    const trouble = `GET ${mock.url}/admin/api/v1/overview: `
      + 'connect: Connection refused';
    await terminal.shows((x) => /^! no answer for \d+s: /.test(x[1])
      && x[1].endsWith(trouble) && x[2].startsWith('sessions 2 '),
    'the trouble');
    await terminal.shows((x) => /^! no answer for [1-9]/.test(x[1]),
      'the trouble to last');
    mock.overview.sessions = 5;
    await mock.accept();
    await terminal.shows((x) => x[1].startsWith('sessions 5 '),
      'the node again');
    terminal.type('q');
    assert.equal(await terminal.exited(), 0);
  }));

test('console: top goes on when the node says no in between',
  withTop({ columns: 200 }, async ({ mock, terminal }) => {
    mock.behaviour = giving(401, { error: 'A token is needed.' });
    await terminal.shows((x) => x[1].includes(': 401: A token is needed.'),
      'what the node says');
    mock.behaviour = undefined;
    await terminal.shows((x) => x[1].startsWith('sessions 2 '),
      'the node again');
    terminal.type('q');
    assert.equal(await terminal.exited(), 0);
  }));

test('console: top ends at once while a node says nothing',
  withTop({}, async ({ mock, terminal }) => {
    mock.behaviour = silent;
    const asked = mock.requests.length;
    await until(() => mock.requests.length > asked, 'a question');
    const begin = performance.now();
    terminal.type('q');
    assert.equal(await terminal.exited(), 0);
    const took = performance.now() - begin;
    assert.ok(took < 5000, `${took} ms`);
    assert.equal(terminal.left, 1);
  }));

test('console: top follows the size of its terminal',
  withTop({}, async ({ terminal }) => {
    terminal.resize(30, 4);
    await terminal.shows((x) => x.length === 4
      && x[0] === 'signalbox node1  0.1.0  test >', 'a small drawing');
    terminal.resize(1, 1);
    await terminal.shows((x) => x.length === 1 && x[0] === '>',
      'the smallest drawing');
    terminal.resize(80, 24);
    await terminal.shows((x) => x.length > 10, 'a large one');
    terminal.type('q');
    assert.equal(await terminal.exited(), 0);
  }));

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
  test(`console: top gives the terminal back on ${signal}`,
    withTop({}, async ({ terminal }) => {
      process.kill(terminal.programPid, signal);
      assert.equal(await terminal.exited(), 0);
      assert.equal(terminal.left, 1);
    }));
}

test('console: top ends by Ctrl-C', withTop({}, async ({ terminal }) => {
  terminal.type('\x03');
  assert.equal(await terminal.exited(), 0);
  assert.equal(terminal.left, 1);
}));

test('console: top gives the terminal back while it is stopped by Ctrl-Z',
  withTop({}, async ({ terminal }) => {
    const { programPid: pid } = terminal;
    terminal.type('\x1a');
    // It stops with what it runs, before it has read the last of it.
    await until(() => stateOf(terminal.pid) === 'T', 'script to stop');
    assert.equal(stateOf(pid), 'T');
    process.kill(terminal.pid, 'SIGCONT');
    await until(() => terminal.entered === 2, 'the screen again');
    assert.equal(terminal.left, 1);
    await terminal.shows((x) => x[0]?.startsWith('signalbox node1'),
      'a drawing');
    assert.equal(terminal.programPid, pid);
    terminal.type('q');
    assert.equal(await terminal.exited(), 0);
    assert.equal(terminal.left, 2);
  }));

test('console: a terminal that cannot be drawn on gets plain text',
  withMock({}, async (mock) => {
    const terminal = new PseudoTerminal([binary(), 'top'], {
      columns: 40,
      env: { ...environment({ ADMIN_URL: mock.url }, {}), TERM: 'dumb' },
    });
    try {
      assert.equal(await terminal.exited(), 0);
      assert.equal(terminal.entered, 0);
      assert.ok(terminal.output.includes(
        '\r\nsessions 2  rooms 1  connections 3  mem>\r\n'));
    } finally {
      terminal.kill();
    }
  }));

test('console: tables are cut to the width of the terminal',
  withMock({}, async (mock) => {
    const terminal = new PseudoTerminal([binary(), 'sessions'], {
      columns: 40, env: environment({ ADMIN_URL: mock.url }, {}),
    });
    try {
      assert.equal(await terminal.exited(), 0);
      assert.ok(terminal.output.endsWith([
        'SESSION  SHARD  STATE    AGE  IN  OUT  >',
        '1            1  open   1m05s   3    4  >',
        '2            1  open   1m05s   3    4  >',
        '',
      ].join('\r\n')));
    } finally {
      terminal.kill();
    }
  }));

/** Of /proc: `R`, `S`, `T`... */
function stateOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2)[0];
}
