// The operator's page of a node that has others beside it: the cluster as the
// node sees it, and Redis between them.

import assert from 'node:assert/strict';
import test from 'node:test';

import { gather, greet, idOf } from '../integration/support/nodes.js';
import { until } from '../integration/support/until.js';
import {
  assertQuiet, legendOf, openAdmin, untilCells, untilDrawn, untilFact,
  withAdmins,
} from './support/admin.js';
import { keepPicture } from './support/browser.js';

const LIMIT = { timeout: 300_000 };

/** Tall enough for a picture of the plots and the tables. */
const LOOK = { viewport: { width: 1280, height: 950 } };

const LATENCY = 'Backplane latency';

test('admin cluster: both nodes are shown, and one that is killed as lost',
  LIMIT, withAdmins(async (browser, { nodes }) => {
    const [one, two] = nodes;
    const page = await openAdmin(browser, one);
    await untilCells(page, 'Cluster', [
      [idOf(one), 'this one', 'alive', '2'],
      [idOf(two), 'another', 'alive', '2'],
    ]);
    await two.kill();
    await untilCells(page, 'Cluster', [
      [idOf(one), 'this one', 'alive', '2'],
      [idOf(two), 'another', 'lost', '0'],
    ]);
    await keepPicture(page, 'admin-cluster');
    assertQuiet(browser);
  }, LOOK));

test('admin cluster: the latency of the backplane is plotted', LIMIT,
  withAdmins(async (browser, { nodes }) => {
    const page = await openAdmin(browser, nodes[0]);
    const [a, b] = await gather('lobby', ...nodes);
    await until(async () => {
      await greet(b, [a]);
      const values = Object.entries(await legendOf(page, LATENCY));
      return values.length === 4 && values.every(([, x]) => /s$/.test(x));
    }, 'latencies of commands and of deliveries');
    assert.equal(
      await page.isVisible(`figure:has(h3:text-is("${LATENCY}"))`), true);
    await untilDrawn(page, LATENCY);
    assertQuiet(browser);
  }));

test('admin cluster: Redis is shown as down, and as up when it is back', LIMIT,
  withAdmins(async (browser, { nodes, redis }) => {
    const page = await openAdmin(browser, nodes[0]);
    await untilFact(page, 'Backplane', 'redis, up');
    await redis.stop();
    await untilFact(page, 'Backplane', 'redis, down');
    await page.waitForSelector('.badge >> text="not ready"');
    await redis.begin();
    await untilFact(page, 'Backplane', 'redis, up');
    await page.waitForSelector('.badge >> text="ready"');
    assertQuiet(browser);
  }));
