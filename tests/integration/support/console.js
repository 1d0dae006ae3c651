// The commands of the binary that ask a running node, run to their end.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';

import { binary, environment } from './server.js';
import { within } from './until.js';

/** More than the 10 s after which a command gives a node up. */
const DEADLINE_MS = 30_000;

const living = new Set();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/**
 * {code, signal, stdout, stderr} of `signalbox ...words`. `stdout` may be an
 * open descriptor to write to.
 */
export async function runCommand(words, env = {}, { stdout = 'pipe' } = {}) {
  const child = spawn(binary(), words, {
    env: environment(env, {}),
    stdio: ['ignore', stdout, 'pipe'],
  });
  living.add(child);
  const seen = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name]?.on('data', (chunk) => { seen[name] += chunk; });
  }
  try {
    const [code, signal] = await within(
      new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (...how) => resolve(how));
      }),
      `the end of: signalbox ${words.join(' ')}`, DEADLINE_MS);
    return { code, signal, ...seen };
  } finally {
    child.kill('SIGKILL');
    living.delete(child);
  }
}

/** One command against a mock, to its end. */
export const run = (mock, words, env = {}) =>
  runCommand(words, { ADMIN_URL: mock.url, ...env });

/** Its stdout, if all went well. */
export async function printed(mock, ...words) {
  const { code, stdout, stderr } = await run(mock, words);
  assert.deepEqual([code, stderr], [0, '']);
  return stdout;
}

/** What it says on stderr, if it failed. */
export async function refused(mock, words, env) {
  const { code, stdout, stderr } = await run(mock, words, env);
  assert.deepEqual([code, stdout], [1, '']);
  return stderr;
}

/** What it says when it asked for `what`, as `GET rooms`. */
export const told = (mock, what, why) =>
  `signalbox: ${what.replace(' ', ` ${mock.url}/admin/api/v1/`)}: ${why}\n`;
