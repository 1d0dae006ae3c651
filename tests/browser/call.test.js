// The job the node exists for, in a real browser: two tabs of the demo page
// find each other through a started node and talk without it.

import assert from 'node:assert/strict';
import test from 'node:test';

import { Server } from '../integration/support/server.js';
import { Browser, keepPicture, withBrowser } from './support/browser.js';

const DEVELOPMENT = { env: { NODE_ENV: 'development' } };

const states = (page, ...ids) => page.evaluate(
  (all) => Object.fromEntries(
    all.map((id) => [id, document.getElementById(id).dataset.state])),
  ids);

/** Waits for an element's `data-state`; says what all of them were if not. */
async function untilState(page, id, state) {
  try {
    await page.waitForSelector(`#${id}[data-state="${state}"]`);
  } catch (error) {
    const seen = await states(page, 'signaling-state', 'peer-state',
      'ice-state', 'channel-state', 'picture-state');
    throw new Error(`#${id} did not become ${state}: ${JSON.stringify(seen)}`,
      { cause: error });
  }
}

async function untilInCall(...pages) {
  for (const page of pages) await untilState(page, 'channel-state', 'open');
}

async function untilSeesOther(page) {
  await page.waitForFunction(() => {
    const video = document.getElementById('remote-video');
    return video.videoWidth > 0
      && video.getVideoPlaybackQuality().totalVideoFrames > 5;
  });
}

async function say(page, text) {
  await page.fill('#chat-text', text);
  await page.click('#chat-send');
}

async function hears(page, who, text) {
  await page.waitForFunction(([from, line]) =>
    [...document.querySelectorAll(`#chat-lines li[data-who="${from}"]`)]
      .some((item) => item.textContent === line), [who, text]);
}

const urlOf = (server, room) =>
  `http://127.0.0.1:${server.port}/call/?room=${room}&fake=1`;

test('call: two tabs meet through the node, see each other and chat',
  { timeout: 300_000 }, withBrowser(DEVELOPMENT, async (browser, server) => {
    const url = urlOf(server, 'meeting');
    const a = await browser.open(url);
    await untilState(a, 'signaling-state', 'open');
    assert.deepEqual(await states(a, 'peer-state', 'channel-state'),
      { 'peer-state': 'alone', 'channel-state': 'none' });
    const b = await browser.open(url);
    await untilInCall(a, b);
    await untilSeesOther(a);
    await untilSeesOther(b);
    await say(a, 'Can you hear me?');
    await hears(b, 'other', 'Can you hear me?');
    await say(b, 'Every word <b>of it</b>.');
    await hears(a, 'other', 'Every word <b>of it</b>.');
    await hears(a, 'you', 'Can you hear me?');
    assert.equal(await server.metric('signaling_active_connections'), 2);
    assert.equal(await server.metric('signaling_schema_rejections_total'), 0);
    await keepPicture(a, 'call');

    // One goes, and the other is told.
    await b.close();
    await untilState(a, 'peer-state', 'left');
    assert.deepEqual(await states(a, 'signaling-state', 'channel-state'),
      { 'signaling-state': 'open', 'channel-state': 'none' });
    await server.untilMetric('signaling_active_connections', 1);

    // And comes again.
    const c = await browser.open(url);
    await untilInCall(a, c);
    await untilState(a, 'peer-state', 'here');
    await untilSeesOther(a);
    await untilSeesOther(c);
    await say(c, 'Back again');
    await hears(a, 'other', 'Back again');

    // A reload is a leave and a join at once.
    await a.reload();
    await untilInCall(a);
    await say(a, 'Me too');
    await hears(c, 'other', 'Me too');

    assert.deepEqual(browser.complaints, []);
    assert.deepEqual(browser.foreignRequests, []);
  }));

test('call: tabs that open at the same time meet', { timeout: 300_000 },
  withBrowser(DEVELOPMENT, async (browser, server) => {
    const url = urlOf(server, 'at-once');
    const [a, b] = await Promise.all([browser.open(url), browser.open(url)]);
    await untilInCall(a, b);
    await say(a, 'hello');
    await hears(b, 'other', 'hello');
    assert.deepEqual(browser.complaints, []);
  }));

test('call: a third tab is told that the demo is for two, and disturbs nobody',
  { timeout: 300_000 }, withBrowser(DEVELOPMENT, async (browser, server) => {
    const url = urlOf(server, 'crowded');
    const a = await browser.open(url);
    const b = await browser.open(url);
    await untilInCall(a, b);
    const third = await browser.open(url);
    await untilState(third, 'peer-state', 'busy');
    await untilState(third, 'signaling-state', 'refused');
    await server.untilMetric('signaling_active_connections', 2);
    await say(a, 'Still there?');
    await hears(b, 'other', 'Still there?');
    await say(b, 'Still here.');
    await hears(a, 'other', 'Still here.');
    assert.deepEqual(browser.complaints, []);
  }));

test('call: a refused tab says why and does not retry', { timeout: 300_000 },
  withBrowser(DEVELOPMENT, async (browser, server) => {
    const page = await browser.open(urlOf(server, 'no%20such%20room'));
    await untilState(page, 'signaling-state', 'refused');
    assert.match(await page.textContent('#signaling-state'), /Invalid roomId/);
    assert.deepEqual(browser.complaints, []);
  }));

test('call: a call outlives the node, and the tabs come back to a new one',
  { timeout: 300_000 }, async () => {
    const first = await Server.start(DEVELOPMENT);
    const browser = await Browser.start();
    let second;
    try {
      const url = urlOf(first, 'lasting');
      const a = await browser.open(url);
      const b = await browser.open(url);
      await untilInCall(a, b);
      first.signal('SIGTERM');
      await first.endedCleanly();
      await untilState(a, 'signaling-state', 'waiting');
      await say(a, 'Who needs a node?');
      await hears(b, 'other', 'Who needs a node?');
      second = await Server.start({
        env: { NODE_ENV: 'development', PORT: String(first.port) },
      });
      await untilState(a, 'signaling-state', 'open');
      await untilState(b, 'signaling-state', 'open');
      await second.untilMetric('signaling_active_connections', 2);
      await untilInCall(a, b);
      await say(b, 'We are back.');
      await hears(a, 'other', 'We are back.');
    } finally {
      await browser.close();
      if (second) await second.stop();
      else await first.kill();
    }
  });
