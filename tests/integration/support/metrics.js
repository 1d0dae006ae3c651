// The Prometheus text format, as far as tests need it.

import assert from 'node:assert/strict';

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^}]*\})? (\S+)(?: \d+)?$/;

export class Metrics {
  /** `name{labels}` exactly as written -> number. */
  values = new Map();
  /** name -> counter, gauge, histogram, ... */
  types = new Map();

  constructor(text) {
    assert.ok(text.endsWith('\n'), 'the last line must end');
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const type = /^# TYPE (\S+) (\S+)$/.exec(line);
      if (type) this.types.set(type[1], type[2]);
      if (line.startsWith('#')) continue;
      const parts = LINE.exec(line) ?? assert.fail(`not a sample: ${line}`);
      const key = parts[1] + (parts[2] ?? '');
      assert.ok(!this.values.has(key), `twice in one answer: ${key}`);
      this.values.set(key, Number(parts[3].replace('Inf', 'Infinity')));
    }
  }

  /** The value of the sample without labels; fails if there is none. */
  get(name) {
    if (!this.values.has(name)) assert.fail(`no sample ${name} without labels`);
    return this.values.get(name);
  }
}
