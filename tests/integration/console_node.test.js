// The commands against a node itself: that both speak the same API.

import assert from 'node:assert/strict';
import test from 'node:test';

import { run } from './support/console.js';
import { withNode } from './support/server.js';

test('console: a node is looked at and acted on by the commands',
  withNode({ env: { ADMIN_TOKEN: 'a-token-of-this-test' } }, async (server) => {
    const mock = { url: `http://127.0.0.1:${server.port}` };
    const said = async (...words) => {
      const { code, stdout, stderr } = await run(mock, words,
        { ADMIN_TOKEN: 'a-token-of-this-test' });
      assert.deepEqual([code, stderr], [0, '']);
      return stdout;
    };
    const json = async (...words) => JSON.parse(await said(...words, '--json'));

    const one = await server.session('lobby');
    const other = await server.session('lobby');
    const { items } = await json('sessions');
    assert.deepEqual(items.map((x) => x.room), ['lobby', 'lobby']);
    assert.equal((await json('rooms', 'lobby')).members.length, 2);
    const { byKind, top } = await json('actors', '--kind', 'session');
    assert.equal(byKind.find((x) => x.kind === 'session').count, 2);
    assert.equal((await json('actors', top[0].id)).kind, 'session');
    assert.match(await said('sessions', items[0].id), /\n\nAT .*\n.* joined /s);
    assert.match(await said('top'),
      /^signalbox \S+ {2}\S+ {2}test {2}up \d+s {2}ready .*\nsessions 2 /);
    assert.equal(await said('log-level', 'warn'), 'log level warn\n');

    assert.equal(await said('kick', items[0].id),
      `kicked session ${items[0].id} of room lobby\n`);
    assert.equal(await said('close', 'lobby'),
      'closed room lobby, sessions told: 1\n');
    await Promise.all([one.ended(), other.ended()]);
    assert.equal(await said('drain', '--wait'), 'draining\n');
    assert.equal(await said('drain', '--cancel'), 'not draining\n');

    const { code, stderr } = await run(mock, ['rooms']);
    assert.equal(code, 1);
    assert.match(stderr, /\/rooms: 401/);
  }));
