// What conf/ has for operators fits the node: promtool accepts rules, example
// configuration and metrics; the alerts fire when they ought to; and the
// dashboard, the alerts and the README speak of metrics that there are.
// promtool is in Debian's package prometheus; no server is started.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { entered, gather, withNodes } from './support/nodes.js';
import { makeDirectory, removeDirectory } from './support/processes.js';
import { withNode } from './support/server.js';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const CONF = path.resolve(HERE, '../../conf');
const ALERTS_FILE = path.join(CONF, 'prometheus/alerts.yml');
const ALERT_TESTS_FILE = path.join(HERE, 'alerts.test.yml');
const README_FILE = path.resolve(HERE, '../../README.md');

/** On a node of a cluster only. */
const CLUSTER_ONLY = new Set([
  'signalbox_redis_probe_age_seconds', 'signalbox_redis_probe_lag_seconds',
]);

/** Of Prometheus itself. */
const NOT_OF_A_NODE = new Set(['up']);

const read = (file) => readFileSync(file, 'utf8');

const promtool = (...words) => promisify(execFile)('promtool', words);

// -- what is written ----------------------------------------------------------

/** The alerts: {name, expr, rest} each; `rest` is what follows `expr`. */
function alerts() {
  const found = read(ALERTS_FILE).split(/^ {6}- alert: /m).slice(1)
    .map((text) => {
      const [, name, expr, rest] =
        /^(\w+)\n {8}expr: ([^]*?)\n(?= {8}\w)([^]*)/.exec(text)
        ?? assert.fail(`not an alert: ${text}`);
      return { name, expr: expr.replace(/^>-/, ''), rest };
    });
  assert.ok(found.length > 20, `${found.length} alerts`);
  return found;
}

function dashboard() {
  return JSON.parse(read(path.join(CONF, 'grafana/signalbox.json')));
}

/** Its expressions, with values in place of Grafana's variables. */
function dashboardExpressions() {
  const { panels, annotations } = dashboard();
  const found = [
    ...panels.flatMap((panel) => panel.targets ?? []),
    ...annotations.list,
  ].map(({ expr }) => expr.replaceAll('$__rate_interval', '1m'));
  assert.ok(found.length > 50, `${found.length} expressions`);
  return found;
}

/** The names of the metrics in an expression. */
function namesIn(expr) {
  const bare = expr.replace(/\{[^}]*\}/g, '').replace(/\[[^\]]*\]/g, '')
    .replace(/\b(by|on|without|ignoring) *\([^)]*\)/g, '');
  return [...bare.matchAll(/\b[a-z]\w*\b(?!\s*\()/g)].map(([name]) => name)
    .filter((name) => !/^(and|or|unless|offset|by)$/.test(name));
}

/** What an expression asks of labels: [metric, label, value] each. */
function labelsIn(expr) {
  return [...expr.matchAll(/(\w+)\{([^}]*)\}/g)].flatMap(([, metric, all]) =>
    [...all.matchAll(/(\w+)(?:=~|!~|!=|=)"([^"]*)"/g)]
      .filter(([, label]) => label !== 'job' && label !== 'instance')
      .flatMap(([, label, values]) =>
        values.split('|').map((value) => [metric, label, value])));
}

// -- what there is ------------------------------------------------------------

/** Names as samples have them: a histogram is three. */
const sampleNames = (metrics) =>
  new Set([...metrics.values.keys()].map((key) => key.split('{')[0]));

/** A test body with the metrics of a node on Redis that has served. */
const withMetrics = (body) => withNodes({ count: 1 }, async ({ nodes }) => {
  await gather('room', nodes[0], nodes[0]);
  await body(await nodes[0].metrics());
});

// -- promtool -----------------------------------------------------------------

test('dashboards: promtool takes the example configuration and its rules',
  async () => {
    const config = path.join(CONF, 'prometheus/prometheus.yml');
    const { stdout } = await promtool('check', 'config', config);
    assert.match(stdout, /1 rule files found/);
    await promtool('check', 'rules', '--lint=all', '--lint-fatal', ALERTS_FILE);
  });

test('dashboards: alerts fire when they ought to, and not else', async () => {
  const { stdout } = await promtool('test', 'rules', ALERT_TESTS_FILE);
  assert.match(stdout, /SUCCESS/);
});

async function assertMetricsAreClean(server) {
  const { body } = await server.http('/metrics');
  const { status, stdout, stderr, error } = spawnSync(
    'promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
  assert.deepEqual({ status, stdout, stderr, error },
    { status: 0, stdout: '', stderr: '', error: undefined });
}

test('dashboards: promtool finds no fault with the metrics', withNode({},
  async (server) => {
    await entered(await server.session('room'));
    await assertMetricsAreClean(server);
  }));

test('dashboards: promtool finds no fault with the metrics on Redis',
  withNodes({ count: 1 }, async ({ nodes }) => {
    await gather('room', nodes[0], nodes[0]);
    await assertMetricsAreClean(nodes[0]);
  }));

test('dashboards: promtool understands all that the dashboard asks',
  async () => {
    const directory = makeDirectory();
    try {
      const rules = dashboardExpressions().map((expr, i) =>
        ({ record: `panel_${i}`, expr }));
      const file = path.join(directory, 'panels.yml');
      // JSON is YAML.
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'all', rules }] }));
      const { stdout } = await promtool('check', 'rules', file);
      assert.match(stdout, new RegExp(`${rules.length} rules found`));
    } finally {
      removeDirectory(directory);
    }
  });

// -- names --------------------------------------------------------------------

test('dashboards: every metric they ask for is there', withMetrics(
  async (metrics) => {
    const there = sampleNames(metrics);
    const asked = [...dashboardExpressions(), ...alerts().map((x) => x.expr)];
    for (const expr of asked) {
      const names = namesIn(expr);
      assert.ok(names.length > 0, `no metric in ${expr}`);
      for (const name of names) {
        assert.ok(there.has(name) || NOT_OF_A_NODE.has(name),
          `no metric ${name}, as in ${expr}`);
      }
    }
  }));

test('dashboards: every label and value they ask for is there', withMetrics(
  async (metrics) => {
    const there = [...metrics.values.keys()];
    const asked = [...dashboardExpressions(), ...alerts().map((x) => x.expr)]
      .flatMap(labelsIn);
    assert.ok(asked.length > 5);
    for (const [metric, label, value] of asked) {
      const pair = new RegExp(`^${metric}\\{(.*,)?${label}="${value}"[,}]`);
      assert.ok(there.some((key) => pair.test(key)),
        `no ${metric} with ${label}="${value}"`);
    }
  }));

test('dashboards: the dashboard shows every metric', withMetrics(
  async (metrics) => {
    const shown = new Set(dashboardExpressions().flatMap(namesIn)
      .flatMap((x) => [x, x.replace(/_(bucket|sum|count)$/, '')]));
    const missing = [...metrics.types.keys()].filter((x) => !shown.has(x));
    assert.deepEqual(missing, []);
  }));

test('dashboards: a node without Redis lacks these metrics only', withMetrics(
  async (metrics) => {
    const ofCluster = [...metrics.types.keys()];
    await withNode({}, async (server) => {
      const alone = new Set((await server.metrics()).types.keys());
      assert.deepEqual(new Set(ofCluster.filter((x) => !alone.has(x))),
        CLUSTER_ONLY);
      assert.equal(ofCluster.length, alone.size + CLUSTER_ONLY.size);
    })();
  }));

test('dashboards: the README names every metric, and no other', withMetrics(
  async (metrics) => {
    const [, section] = /^## Metrics\n([^]*?)^## /m.exec(read(README_FILE));
    const named = [...section.matchAll(/`((?:signal|process)\w+)`/g)]
      .map(([, name]) => name).sort();
    assert.deepEqual(named, [...metrics.types.keys()].sort());
  }));

// -- form ---------------------------------------------------------------------

test('dashboards: every alert says how bad it is and what to do', () => {
  const names = new Set();
  for (const { name, rest } of alerts()) {
    assert.match(rest, /^ {8}for: \d+[smh]$/m, name);
    assert.match(rest, /^ {8}labels: \{severity: (critical|warning)\}$/m, name);
    assert.match(rest, /^ {10}summary: \S/m, name);
    assert.match(rest, /^ {10}description: \S/m, name);
    assert.ok(!names.has(name), `${name} twice`);
    names.add(name);
  }
});

test('dashboards: every alert has a test', () => {
  const tested = read(ALERT_TESTS_FILE);
  for (const { name } of alerts()) {
    assert.ok(tested.includes(`alertname="${name}"`), name);
  }
});

test('dashboards: the dashboard is fit to be imported', () => {
  const { panels, templating, schemaVersion } = dashboard();
  assert.ok(schemaVersion >= 36);
  const variables = new Map(templating.list.map((x) => [x.name, x]));
  assert.equal(variables.get('datasource').type, 'datasource');
  assert.equal(new Set(panels.map((x) => x.id)).size, panels.length);
  const taken = new Set();
  for (const panel of panels) {
    const { title, type, gridPos, targets = [] } = panel;
    assert.ok(title, `panel ${panel.id} has a title`);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; ++x) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; ++y) {
        assert.ok(x < 24 && !taken.has(`${x} ${y}`), `${title} overlaps`);
        taken.add(`${x} ${y}`);
      }
    }
    if (type === 'row') continue;
    for (const x of [panel, ...targets]) {
      assert.deepEqual(x.datasource,
        { type: 'prometheus', uid: '${datasource}' }, title);
    }
    assert.ok(targets.length > 0, title);
    for (const { expr } of targets) {
      for (const [, name] of expr.matchAll(/\$(?!__)(\w+)/g)) {
        assert.ok(variables.has(name), `${title}: no variable ${name}`);
      }
    }
  }
});
