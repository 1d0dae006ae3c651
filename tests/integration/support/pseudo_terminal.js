// A program in a terminal of its own, by script(1) of util-linux: what it
// draws, what is typed into it, and how it leaves the terminal.

import { execFileSync, spawn } from 'node:child_process';

import { DEADLINE_MS, until, within } from './until.js';

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[2J';
const LEAVE = '\x1b[?25h\x1b[?1049l';

const living = new Set();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

export class PseudoTerminal {
  /** All that came out of it. */
  output = '';

  #child;
  #gone;

  /**
   * Runs `words` there, which must hold nothing that a shell reads; behind it,
   * if asked for, `then`, a shell's command.
   */
  constructor(words, { env, columns = 80, rows = 24, then = '' }) {
    const program = words.join(' ');
    const command = `stty cols ${columns} rows ${rows}; tty; `
      + (then ? `${program}; ${then}` : `echo pid=$$; exec ${program}`);
    this.#child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { SHELL: '/bin/sh', TERM: 'xterm', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    living.add(this.#child);
    this.#child.stdout.on('data', (chunk) => { this.output += chunk; });
    this.#gone = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => {
        living.delete(this.#child);
        resolve(code);
      });
    });
  }

  /** Of script(1) itself. */
  get pid() {
    return this.#child.pid;
  }

  /** Of the program, if nothing follows it. */
  get programPid() {
    return Number(/^pid=(\d+)/m.exec(this.output)[1]);
  }

  get device() {
    return /^\/dev\/\S+/m.exec(this.output)[0];
  }

  /** The last drawing that is there whole: its lines. */
  get screen() {
    const drawings = this.output.split('\x1b[H');
    if (drawings.length < 2) return [];
    // The terminal adds a carriage return of its own.
    return drawings.at(-1)
      .replace(/\x1b\[[?\d;]*[A-Za-z]/g, '').split(/\r*\n/);
  }

  get entered() {
    return this.output.split(ENTER).length - 1;
  }

  get left() {
    return this.output.split(LEAVE).length - 1;
  }

  /** What came after the terminal was given back. */
  get afterwards() {
    return this.output.slice(this.output.lastIndexOf(LEAVE) + LEAVE.length);
  }

  type(keys) {
    this.#child.stdin.write(keys);
  }

  resize(columns, rows) {
    execFileSync('stty',
      ['-F', this.device, 'cols', String(columns), 'rows', String(rows)]);
  }

  /** Waits until the drawing satisfies `condition`. */
  async shows(condition, what) {
    await until(() => condition(this.screen), what).catch((error) => {
      throw new Error(`${error.message}\n${this.screen.join('\n')}`);
    });
    return this.screen;
  }

  /** Its exit code. */
  exited() {
    return within(this.#gone, 'the end of the terminal', DEADLINE_MS);
  }

  kill() {
    this.#child.kill('SIGKILL');
  }
}
