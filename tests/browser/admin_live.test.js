// That the operator's page moves: its stream, its plots, and how both behave
// when nobody looks, or the node goes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { offer } from '../integration/support/messages.js';
import { Server } from '../integration/support/server.js';
import { throughout, until } from '../integration/support/until.js';
import {
  TOKEN, assertQuiet, legendOf, openAdmin, pictureOf, show, untilFact,
  untilLive, untilRows, withAdmin,
} from './support/admin.js';
import { Browser, keepPicture } from './support/browser.js';

const LIMIT = { timeout: 300_000 };

/** Headless pages are never hidden; this one believes that it is. */
const setHidden = (page, isHidden) => page.evaluate((hidden) => {
  Object.defineProperty(document, 'hidden',
    { configurable: true, get: () => hidden });
  Object.defineProperty(document, 'visibilityState',
    { configurable: true, get: () => (hidden ? 'hidden' : 'visible') });
  document.dispatchEvent(new Event('visibilitychange'));
}, isHidden);

test('admin: plots and figures follow what happens', LIMIT,
  withAdmin({}, async (browser, server) => {
    const page = await openAdmin(browser, server);
    await untilFact(page, 'Sessions', '0');
    const before = await pictureOf(page, 'Sessions and rooms');
    const [a, b] = await server.sessions('lobby', 2);
    await untilFact(page, 'Sessions', '2');
    await untilFact(page, 'Rooms', '1');
    await until(async () => {
      const { sessions, rooms } = await legendOf(page, 'Sessions and rooms');
      return sessions === '2' && rooms === '1';
    }, 'the plot to have two sessions in one room');
    await until(async () =>
      await pictureOf(page, 'Sessions and rooms') !== before,
    'the plot to be drawn anew');
    await until(async () => {
      a.sendText(offer(), 'no JSON');
      const messages = await legendOf(page, 'Messages a second');
      const refusals = await legendOf(page, 'Refusals a second');
      const fanout = await legendOf(page, 'Fan-out latency');
      return Number(messages.in) > 0 && Number(messages.out) > 0
        && Number(refusals.schema) > 0 && /s$/.test(fanout.p99);
    }, 'rates, refusals and latencies');
    assert.deepEqual(Object.keys(await legendOf(page, 'Shard load')),
      ['shard 0', 'shard 1']);
    assert.equal(
      await page.isVisible('figure:has(h3:text-is("Backplane latency"))'),
      false);
    assert.equal(b.end, undefined);
    assertQuiet(browser);
  }));

test('admin: refusals are told apart, and are not what operators do', LIMIT,
  withAdmin({ RATE_LIMIT_MESSAGES_PER_10S: 5 }, async (browser, server) => {
    const page = await openAdmin(browser, server);
    const operator = (path) => server.http(`/admin/api/v1/${path}`, {
      method: 'POST', headers: { authorization: `Bearer ${TOKEN}` },
    });
    const doomed = await server.session('doomed');
    assert.equal((await operator('rooms/doomed/close')).status, 200);
    await doomed.untilClose();
    // The page has seen an overview with this end in it, then another one.
    const [a] = await server.sessions('lobby', 1);
    await untilFact(page, 'Sessions', '1');
    await until(async () => {
      a.sendText(offer());
      const refusals = await legendOf(page, 'Refusals a second');
      return Number(refusals['session rate']) > 0;
    }, 'the limit on a session to be seen');
    assert.deepEqual(Object.keys(await legendOf(page, 'Refusals a second')),
      ['session rate']);
    assertQuiet(browser);
  }));

/** The reasons that the alert on refusals leaves out. */
function endsWithoutRefusal() {
  const alerts = readFileSync(
    new URL('../../conf/prometheus/alerts.yml', import.meta.url), 'utf8');
  const [, reasons] = /SignalboxRefusals\n[^]*?reason!~"([^"]+)"/.exec(alerts);
  return reasons.split('|');
}

test('admin: sessions count as refused on the page as in the alert', LIMIT,
  withAdmin({}, async (browser, server) => {
    const page = await openAdmin(browser, server);
    const before = JSON.parse((await server.http('/admin/api/v1/overview',
      { headers: { authorization: `Bearer ${TOKEN}` } })).body);
    const now = structuredClone(before);
    now.uptimeSeconds += 1;
    for (const reason of Object.keys(now.sessionsEnded)) {
      now.sessionsEnded[reason] += 10;
    }
    const refusals = await page.evaluate(async (overviews) => {
      const { History } =
        await import(new URL('history.js', document.baseURI));
      const history = new History();
      overviews.forEach((overview, i) => history.take(overview, i * 1000));
      return history.points.at(-1).refusals;
    }, [before, now]);
    const left = new Set(endsWithoutRefusal());
    const counted = Object.keys(refusals).filter((x) => refusals[x] > 0);
    assert.deepEqual(counted.sort(), Object.keys(now.sessionsEnded)
      .filter((reason) => !left.has(reason)).sort());
    assert.equal(left.size + counted.length,
      Object.keys(now.sessionsEnded).length);
    assertQuiet(browser);
  }));

test('admin: a hidden page asks nothing, and goes on when it is seen', LIMIT,
  withAdmin({}, async (browser, server) => {
    const page = await openAdmin(browser, server);
    await show(page, 'Sessions');
    await untilRows(page, 'Sessions', 0);
    const ended = page.waitForEvent('requestfailed',
      (request) => request.url().includes('/overview/stream'));
    await setHidden(page, true);
    await page.waitForSelector('#stream[data-state="paused"]',
      { state: 'attached' });
    await ended;
    await server.session('lobby');
    const { length } = browser.addresses;
    await throughout(3000, () =>
      assert.deepEqual(browser.addresses.slice(length), []));
    await setHidden(page, false);
    await untilLive(page);
    await untilRows(page, 'Sessions', 1);
    assertQuiet(browser);
  }));

test('admin: a node that goes is missed, and a new one is found', LIMIT,
  async () => {
    const env = { ADMIN_TOKEN: TOKEN };
    const first = await Server.start({ env });
    const browser = await Browser.start();
    let second;
    try {
      const page = await openAdmin(browser, first);
      const name = await page.textContent('#whose');
      await first.session('lobby');
      await untilFact(page, 'Sessions', '1');
      await first.kill();
      await page.waitForSelector('#stream[data-state="lost"]');
      assert.match(await page.textContent('#stream'), /^Connection lost: /);
      second = await Server.start(
        { env: { ...env, PORT: String(first.port) } });
      await untilLive(page);
      await untilFact(page, 'Sessions', '0');
      assert.notEqual(await page.textContent('#whose'), name);
      assert.equal((await legendOf(page, 'Sessions and rooms')).sessions, '0');
    } finally {
      await browser.close();
      if (second) await second.stop();
      else await first.kill();
    }
  });

const LOOKS = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  phone: {
    viewport: { width: 390, height: 844 }, colorScheme: 'light',
    hasTouch: true, isMobile: true,
  },
};

for (const [name, look] of Object.entries(LOOKS)) {
  test(`admin: the page fits and is pictured, ${name}`, LIMIT,
    withAdmin({}, async (browser, server) => {
      const page = await openAdmin(browser, server);
      const [a] = await server.sessions('lobby', 3);
      await server.sessions('kitchen', 2);
      await until(async () => {
        a.sendText(offer());
        const { sessions } = await legendOf(page, 'Sessions and rooms');
        const { p99 } = await legendOf(page, 'Fan-out latency');
        return sessions === '5' && /s$/.test(p99);
      }, 'something to be seen');
      await keepPicture(page, `admin-${name}`);
      for (const tab of ['Overview', 'Rooms', 'Sessions', 'Actors']) {
        await show(page, tab);
        assert.equal(await page.evaluate(() =>
          document.documentElement.scrollWidth <= innerWidth), true, tab);
      }
      assertQuiet(browser);
    }, look));
}
