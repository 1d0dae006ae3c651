// Processes beside the node (Redis and its kin): started in a directory of
// their own, and gone with it when the test, or the test's process, ends.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { DEADLINE_MS, within } from './until.js';

const living = new Set();
const directories = new Set();

process.on('exit', () => {
  for (const one of living) one.child.kill('SIGKILL');
  for (const directory of directories) removeDirectory(directory);
});
// The runner ends a file that takes too long like this.
process.once('SIGTERM', () => process.exit(143));

export function makeDirectory() {
  const made = mkdtempSync(path.join(os.tmpdir(), 'signalbox-test-'));
  directories.add(made);
  return made;
}

export function removeDirectory(directory) {
  rmSync(directory, { recursive: true, force: true });
  directories.delete(directory);
}

/** One child process; what it says on stdout and stderr is kept in `output`. */
export class ChildProcess {
  output = '';
  /** {code, signal} once it is gone. */
  ended = undefined;

  #gone;

  constructor(file, words, options = {}) {
    this.name = path.basename(file);
    this.child = spawn(file, words,
      { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    living.add(this);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (chunk) => { this.output += chunk; });
    }
    this.#gone = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.output += error.message;
        this.#over({ code: null, signal: null }, resolve);
      });
      this.child.once('close', (code, signal) => {
        this.#over({ code, signal }, resolve);
      });
    });
  }

  get pid() {
    return this.child.pid;
  }

  signal(name) {
    this.child.kill(name);
  }

  /** {code, signal} once the process is gone. */
  exited(deadlineMs = DEADLINE_MS) {
    return within(this.#gone, `the end of ${this.name}`, deadlineMs);
  }

  /** Ends it, also while it is stopped. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.exited();
  }

  #over(how, resolve) {
    this.ended = how;
    living.delete(this);
    resolve(how);
  }
}
