// The commands that ask a running node, as an operator types them: what is
// printed, and what is asked for.

import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import test from 'node:test';

import {
  actor, giving, overview, room, session, withMock,
} from './support/admin_mock.js';
import { printed, refused, run, runCommand, told } from './support/console.js';

const TOKEN = 'hush-hush';

// -- what is printed ----------------------------------------------------------

test('console: overview prints what the node said, in one line',
  withMock({}, async (mock) => {
    const out = await printed(mock, 'overview');
    assert.deepEqual(JSON.parse(out), overview());
    assert.equal(out.indexOf('\n'), out.length - 1);
    assert.deepEqual(mock.asked, ['GET overview']);
  }));

test('console: top prints one overview where there is no terminal',
  withMock({}, async (mock) => {
    assert.equal(await printed(mock, 'top'), [
      'signalbox node1  0.1.0  test  up 1m40s  ready  log info',
      'sessions 2  rooms 1  connections 3  memory 8.0M  descriptors 40/1024'
        + '  cpu 10%',
      'messages in 10/s out 20/s  fan-out p50 500us p99 990us'
        + '  (since the start)',
      'refusals 1.0/s  schema 1.0/s',
      'backplane embedded up  breaker closed',
      '',
      'SHARD  LOAD                         SESSIONS  ROOMS  TURN-P99  LONGEST',
      '    0  [##########----------]  50%         2      1     990us   2.00ms',
      '',
      'NODE   STATE  SHARDS  LEASE',
      'node1  alive       1  -      this one',
      '',
      'ACTOR  KIND  SHARD    TIME  HANDLED   MEAN  MAILBOX  MAX  SESSION  ROOM',
      '9      room      0  2.10ms       12  175us        1    4  -      '
        + '  lobby',
      '',
    ].join('\n'));
    assert.deepEqual(mock.asked,
      ['GET overview', 'GET actors?sort=handlingSeconds&limit=10']);
  }));

test('console: sessions are a table', withMock({}, async (mock) => {
  assert.equal(await printed(mock, 'sessions'), [
    'SESSION  SHARD  STATE    AGE  IN  OUT  BYTES-IN  BYTES-OUT  UNSENT  PONG'
      + '  DIALECT  ADDRESS    ROOM   SUBJECT',
    '1            1  open   1m05s   3    4       600       4.0K       0     -'
      + '  base     192.0.2.1  lobby  -',
    '2            1  open   1m05s   3    4       600       4.0K       0     -'
      + '  base     192.0.2.1  lobby  -',
    '',
  ].join('\n'));
  assert.deepEqual(mock.asked, ['GET sessions']);
}));

test('console: rooms and actors are tables', withMock({}, async (mock) => {
  assert.equal(await printed(mock, 'rooms'), [
    'ROOM   SHARD  MEMBERS  REMOTE    AGE  MESSAGES  BYTES  UNSENT',
    'lobby      0        2  no      1h01m        10   2.0K       5',
    '',
  ].join('\n'));
  assert.equal(await printed(mock, 'actors', '--kind', 'room'), [
    'KIND  COUNT   TIME  HANDLED  MAILBOX  MAX  RESTARTS',
    'room      1  2.00s       12        1    4         0',
    'all       1  2.00s       12        1    4         0',
    '',
    'ACTOR  KIND  SHARD    TIME  HANDLED  MAILBOX  MAX  AGE  RESTARTS  SESSION'
      + '  ROOM',
    '9      room      0  2.10ms       12        1    4   5s         0  -      '
      + '  lobby',
    '',
  ].join('\n'));
  assert.deepEqual(mock.asked, ['GET rooms', 'GET actors?kind=room']);
}));

test('console: one session, room or actor is shown in full',
  withMock({}, async (mock) => {
    mock.sessions = [{
      id: '7', subject: 'ann',
      events: [{
        at: '2026-11-24T09:05:01.002Z', ageSeconds: 65, event: 'in',
        detail: 'offer', bytes: 200,
      }],
    }];
    mock.rooms = [{ id: 'lobby', hasRemote: true, members: [] }];
    mock.actors = [{
      id: '9', handledByType: { deliver: 3 },
      handlingHistogram: { bounds: [0.001], counts: [3, 0], sumSeconds: 0.001 },
    }];
    assert.equal(await printed(mock, 'sessions', '7'), [
      'id       7',
      'subject  ann',
      '',
      'AT                          AGO  EVENT  BYTES  DETAIL',
      '2026-11-24T09:05:01.002Z  1m05s  in       200  offer',
      '',
    ].join('\n'));
    assert.match(await printed(mock, 'rooms', 'lobby'),
      /^id {9}lobby\nhasRemote {2}true\n\nSESSION .*SUBJECT\n$/);
    assert.equal(await printed(mock, 'actors', '9'), [
      'id  9',
      '',
      'MESSAGE  HANDLED',
      'deliver        3',
      '',
      'HANDLING      TIMES',
      'up to 1.00ms      3',
      '',
    ].join('\n'));
    assert.deepEqual(mock.asked,
      ['GET sessions/7', 'GET rooms/lobby', 'GET actors/9']);
  }));

test('console: --json prints what the node said', withMock({}, async (mock) => {
  const json = async (...words) =>
    JSON.parse(await printed(mock, ...words, '--json'));
  assert.deepEqual(await json('sessions'),
    { items: [session(1), session(2)], total: 2, next: null });
  assert.deepEqual(await json('rooms', 'lobby'), room('lobby'));
  assert.deepEqual((await json('actors')).top, [actor(9)]);
  assert.deepEqual(await json('kick', '1'), { session: '1', room: 'lobby' });
}));

test('console: what was done is said', withMock({}, async (mock) => {
  assert.equal(await printed(mock, 'kick', '1'),
    'kicked session 1 of room lobby\n');
  assert.equal(await printed(mock, 'close', 'lobby'),
    'closed room lobby, sessions told: 2\n');
  assert.equal(await printed(mock, 'drain'), 'draining\n');
  assert.equal(await printed(mock, 'drain', '--cancel'), 'not draining\n');
  assert.equal(await printed(mock, 'log-level', 'debug'), 'log level debug\n');
  assert.deepEqual(mock.asked, [
    'POST sessions/1/kick', 'POST rooms/lobby/close', 'POST drain',
    'POST drain', 'PUT log-level',
  ]);
  assert.deepEqual(mock.requests.map((x) => x.body), ['', '',
    '{"action":"start"}', '{"action":"cancel"}', '{"level":"debug"}']);
}));

// -- many of them -------------------------------------------------------------

const crowd = (count) =>
  Array.from({ length: count }, (_, i) => room(`room-${i}`));

const idsIn = (table) =>
  table.trimEnd().split('\n').slice(1).map((line) => line.split(' ')[0]);

test('console: --limit 0 follows all pages', withMock({}, async (mock) => {
  mock.rooms = crowd(2500);
  const out = await printed(mock, 'rooms', '--limit', '0');
  assert.deepEqual(idsIn(out), mock.rooms.map((x) => x.id));
  assert.deepEqual(mock.asked, [
    'GET rooms?limit=1000', 'GET rooms?limit=1000&after=1000',
    'GET rooms?limit=1000&after=2000',
  ]);
}));

test('console: a limit of more than a page takes as many pages as it needs',
  withMock({}, async (mock) => {
    mock.rooms = crowd(2500);
    const { code, stdout, stderr } = await run(mock,
      ['rooms', '--limit=1100', '--json']);
    assert.deepEqual([code, stderr], [0, '']);
    const page = JSON.parse(stdout);
    assert.deepEqual([page.items.length, page.total, page.next],
      [1100, 2500, '1100']);
    assert.deepEqual(mock.asked,
      ['GET rooms?limit=1000', 'GET rooms?limit=100&after=1000']);
  }));

test('console: what is not shown is counted', withMock({}, async (mock) => {
  mock.rooms = crowd(300);
  const { code, stdout, stderr } = await run(mock, ['rooms']);
  assert.deepEqual([code, idsIn(stdout).length, stderr],
    [0, 100, 'signalbox: 100 of 300; --limit sets how many, 0 is all\n']);
}));

test('console: pages that lead nowhere are not followed',
  withMock({}, async (mock) => {
    mock.behaviour = giving(200, { items: [], total: 9, next: 'again' });
    assert.equal(await refused(mock, ['rooms', '--limit', '0']),
      "signalbox: rooms: the node's pages lead nowhere\n");
    assert.equal(mock.requests.length, 1);
  }));

test('console: filter and sort are percent-encoded',
  withMock({}, async (mock) => {
    await printed(mock, 'sessions', '--filter', 'a&b=ü +', '--sort', 'age');
    assert.deepEqual(mock.asked,
      ['GET sessions?filter=a%26b%3D%C3%BC%20%2B&sort=age']);
  }));

// -- ids ----------------------------------------------------------------------

test('console: ids are percent-encoded, dots and dashes too',
  withMock({}, async (mock) => {
    for (const id of ['a/b?c#d', '..', '.', '-x', 'ä', '%2e']) {
      mock.rooms = [room(id)];
      assert.match(await printed(mock, 'rooms', '--', id), /^id /);
    }
    assert.deepEqual(mock.asked, [
      'GET rooms/a%2Fb%3Fc%23d', 'GET rooms/..', 'GET rooms/.',
      'GET rooms/-x', 'GET rooms/%C3%A4', 'GET rooms/%252e',
    ]);
  }));

test('console: what clients made cannot speak to the terminal',
  withMock({}, async (mock) => {
    const evil = 'a\x1b[2J\n\u009b31m\u202e';
    const plain = 'a\\x1b[2J\\x0a\\x9b31m\\u{202e}';
    mock.rooms = [room(evil)];
    mock.sessions = [session(1, { room: evil, subject: evil })];
    mock.actors = [actor(9, { room: evil })];
    mock.overview.node = evil;
    mock.overview.sessionsEnded = { [evil]: 5 };
    for (const words of [['rooms'], ['sessions'], ['sessions', '1'],
      ['actors'], ['actors', '9'], ['top'], ['kick', '1'],
      ['rooms', '--', evil], ['close', '--', evil]]) {
      const out = await printed(mock, ...words);
      assert.ok(out.includes(plain), `${words[0]}: ${out}`);
      assert.match(out, /^[\n -~]*$/);
    }
    const json = await printed(mock, 'rooms', '--json');
    assert.match(json, /^[ -~]*\n$/);
    assert.equal(JSON.parse(json).items[0].id, evil);
  }));

test('console: an error of the node cannot speak to the terminal',
  withMock({}, async (mock) => {
    mock.behaviour = giving(400, { error: 'no\x1b[2J\nsuch' });
    assert.equal(await refused(mock, ['rooms']),
      told(mock, 'GET rooms', '400: no\\x1b[2J\\x0asuch'));
  }));

// -- the command line ---------------------------------------------------------

test('console: a wrong command line is 2 and asks nothing',
  withMock({}, async (mock) => {
    for (const [words, said] of [
      [['kick'], 'signalbox kick: ID: expected one\n'],
      [['rooms', '--tokn', TOKEN], 'signalbox rooms: --tokn: unknown flag\n'],
      [['rooms', '--token-file', '/nowhere'], 'signalbox rooms: '
        + '--token-file=/nowhere: expected a file that can be read: No such '
        + 'file or directory\n'],
      [['rooms', '--admin-url', `http://x:${TOKEN}@host`], 'signalbox rooms: '
        + '--admin-url=http://x:****@host: expected no user and no password: a '
        + 'token opens the admin API\n'],
    ]) {
      const { code, stdout, stderr } = await run(mock, words);
      assert.deepEqual([code, stdout, stderr], [2, '', said]);
    }
    assert.equal(mock.requests.length, 0);
  }));

test('console: each command has help', async () => {
  for (const word of ['top', 'overview', 'sessions', 'rooms', 'actors', 'kick',
    'close', 'drain', 'log-level']) {
    const { code, stdout, stderr } = await runCommand([word, '--help']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.ok(stdout.startsWith(`Usage: signalbox ${word}`));
  }
});

test('console: a full disk is no success', withMock({}, async (mock) => {
  const full = openSync('/dev/full', 'w');
  try {
    const { code, stderr } = await runCommand(['overview'],
      { ADMIN_URL: mock.url }, { stdout: full });
    assert.deepEqual([code, stderr],
      [1, 'signalbox: cannot write to stdout\n']);
  } finally {
    closeSync(full);
  }
}));
