// The examples do what they say.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { ChildProcess } from './support/processes.js';
import { binary } from './support/server.js';
import { DEADLINE_MS, until } from './support/until.js';

const CLUSTER = fileURLToPath(
  new URL('../../examples/cluster/run', import.meta.url));

/** What it prints, less what differs from run to run. */
const EXPECTED = `\
Redis    unix://DIRECTORY/redis.sock
node 1   http://localhost:PORT
node 2   http://localhost:PORT
node 3   http://localhost:PORT

ada joins lobby on node 1
bob joins lobby on node 2
eve joins lobby on node 3
eve -> node 3  {"type":"offer","sdp":"v=0"}
ada <- node 1  {"type":"offer","sdp":"v=0"}
bob <- node 2  {"type":"offer","sdp":"v=0"}
ada -> node 1  {"type":"answer","sdp":"v=0"}
bob <- node 2  {"type":"answer","sdp":"v=0"}
eve <- node 3  {"type":"answer","sdp":"v=0"}
eve leaves
ada <- node 1  {"type":"peer-disconnected"}
bob <- node 2  {"type":"peer-disconnected"}
bob leaves
ada <- node 1  {"type":"peer-disconnected"}
ada leaves

What crossed Redis in the channel room:lobby:
{"senderId":ID,"data":{"type":"offer","sdp":"v=0"},"originServerId":ID}
{"senderId":ID,"data":{"type":"answer","sdp":"v=0"},"originServerId":ID}
{"senderId":ID,"data":{"type":"peer-disconnected"},"originServerId":ID}
{"senderId":ID,"data":{"type":"peer-disconnected"},"originServerId":ID}
{"senderId":ID,"data":{"type":"peer-disconnected"},"originServerId":ID}
`;

const withoutNames = (text) => text
  .replaceAll(/unix:\/\/\S+(?=\/redis\.sock)/g, 'unix://DIRECTORY')
  .replaceAll(/(?<=localhost:)\d+/g, 'PORT')
  .replaceAll(/(?<="(senderId|originServerId)":)"[^"]+"/g, 'ID');

const start = (...words) => new ChildProcess(CLUSTER, words, {
  env: { ...process.env, SIGNALBOX_BINARY: binary() },
});

/** Ends it so that it ends what it started. */
async function end(example) {
  example.signal('SIGTERM');
  await example.exited().catch(() => example.kill());
}

const directoryOf = (output) =>
  /unix:\/\/(\S+)\/redis\.sock/.exec(output)[1];

test('examples: cluster shows what crosses, and ends all it started',
  async () => {
    const example = start();
    try {
      const how = await example.exited(3 * DEADLINE_MS);
      assert.equal(withoutNames(example.output), EXPECTED);
      assert.deepEqual(how, { code: 0, signal: null });
      assert.ok(!existsSync(directoryOf(example.output)));
    } finally {
      await end(example);
    }
  });

test('examples: cluster stays when asked to, until it is interrupted',
  async () => {
    const example = start('--stay');
    try {
      await until(() => /Ctrl-C ends everything\.\n$/.test(example.output),
        'all of it', 3 * DEADLINE_MS);
      const [, port] = /node 2 {3}http:\/\/localhost:(\d+)/
        .exec(example.output);
      const page = `http://localhost:${port}/call/?room=lobby`;
      assert.ok(example.output.includes(page));
      assert.equal((await fetch(page)).status, 200);
      example.signal('SIGTERM');
      assert.deepEqual(await example.exited(), { code: 143, signal: null });
      assert.ok(!existsSync(directoryOf(example.output)));
      await assert.rejects(fetch(page));
    } finally {
      await end(example);
    }
  });
