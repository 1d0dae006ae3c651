// Runs everything that measures and prints one table:
//   node report.mjs BUILD_DIRECTORY [FILTER]
// FILTER is a regular expression on the names of the rows.

import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

import { endToEnd } from './end_to_end.mjs';

const [directory, filter = '.'] = process.argv.slice(2);
if (directory === undefined) {
  console.error('expected a build directory, then a filter if any');
  process.exit(2);
}
let wanted;
try {
  wanted = new RegExp(filter);
} catch (error) {
  console.error(`${error.message}: expected a regular expression`);
  process.exit(2);
}
const matches = (name) => wanted.test(name);

const NANOSECONDS = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

function microBenchmarks(program) {
  const stem = program.replace(/^bench_/, '');
  const file = path.join(directory, program);
  const names = execFileSync(file, ['--benchmark_list_tests'],
    { encoding: 'utf8' }).split('\n').filter(Boolean);
  const chosen = names.filter((name) => matches(`${stem}/${name}`));
  if (chosen.length === 0) return [];
  const escaped = chosen.map((name) =>
    name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const run = spawnSync(file, [
    `--benchmark_filter=^(${escaped.join('|')})$`,
    '--benchmark_min_time=0.2', '--benchmark_format=json',
  ], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (run.status !== 0) throw new Error(`${program}: ${run.stderr}`);
  return JSON.parse(run.stdout).benchmarks.map((x) => {
    if (x.error_occurred) throw new Error(`${x.name}: ${x.error_message}`);
    return {
      name: `${stem}/${x.name}`,
      nanoseconds: x.cpu_time * NANOSECONDS[x.time_unit],
      itemsPerSecond: x.items_per_second,
    };
  });
}

/** Exact, so that a change of one in a hundred shows on a busy machine too. */
function instructions(what) {
  const count = 2000;
  const collected = [count, 2 * count].map((n) => {
    const run = spawnSync('valgrind', [
      '--tool=callgrind', '--callgrind-out-file=/dev/null',
      path.join(directory, 'bench_instructions'), what, String(n),
    ], { encoding: 'utf8' });
    const total = /Collected : (\d+)/.exec(run.stderr);
    if (run.status !== 0 || !total) throw new Error(`${what}: ${run.stderr}`);
    return Number(total[1]);
  });
  return (collected[1] - collected[0]) / count;
}

const COUNTED = ['validate_candidate_200', 'validate_offer_3000', 'encode_200'];

function print(rows) {
  const number = (x) => {
    if (x === undefined) return '';
    return x < 100 ? x.toFixed(1) : Math.round(x).toLocaleString('en-US');
  };
  const table = [
    ['name', 'ns/op', 'items/s', 'instructions/op'],
    ...rows.map((row) => [row.name, number(row.nanoseconds),
      number(row.itemsPerSecond), number(row.instructions)]),
  ];
  const widths = table[0].map((_, i) =>
    Math.max(...table.map((row) => row[i].length)));
  for (const [i, row] of table.entries()) {
    const cells = row.map((cell, column) =>
      (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])));
    console.log(`| ${cells.join(' | ')} |`);
    if (i === 0) {
      console.log(`|${widths.map((width, column) =>
        (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`))
        .join('|')}|`);
    }
  }
}

const programs = readdirSync(directory)
  .filter((name) => /^bench_\w+$/.test(name) && name !== 'bench_instructions')
  .sort();
const rows = programs.flatMap(microBenchmarks);
for (const what of COUNTED) {
  const name = `instructions/${what}`;
  if (matches(name)) rows.push({ name, instructions: instructions(what) });
}
rows.push(...await endToEnd(path.join(directory, 'signalbox'), matches));
if (rows.length === 0) {
  console.error(`nothing is called ${filter}`);
  process.exit(1);
}
print(rows);
