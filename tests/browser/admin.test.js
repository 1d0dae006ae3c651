// The operator's page in a real browser, on a started node: what clients do is
// seen, and what the operator does reaches them.

import assert from 'node:assert/strict';
import test from 'node:test';

import { offer } from '../integration/support/messages.js';
import {
  answer, assertQuiet, firstColumn, openAdmin, show, untilFact, untilRows,
  withAdmin,
} from './support/admin.js';
import { keepPicture } from './support/browser.js';

const LIMIT = { timeout: 300_000 };

/** All that the page loads, dygraphs included. */
const PAGE_BYTES_MAX = 300_000;

const untilEvent = (page, event, detail) => page.waitForFunction(
  ([name, what]) => [...document.querySelectorAll(
    `.timeline [data-event="${name}"] .what`)]
    .some((item) => item.textContent === what), [event, detail]);

test('admin: a session is seen to join, to talk, and to be kicked', LIMIT,
  withAdmin({}, async (browser, server) => {
    const page = await openAdmin(browser, server);
    await show(page, 'Sessions');
    await untilRows(page, 'Sessions', 0);
    const a = await server.session('lobby');
    await untilRows(page, 'Sessions', 1);
    await page.click('[aria-label="Sessions"] tbody a');
    await untilFact(page, 'State', 'open');
    await untilFact(page, 'Room', 'lobby');
    await untilFact(page, 'Address', '127.0.0.1');
    await untilEvent(page, 'opened', '');
    await untilEvent(page, 'joined', '');
    const b = await server.session('lobby');
    a.sendText(offer());
    await b.text();
    await untilEvent(page, 'in', 'offer');
    b.sendJson({ type: 'answer', sdp: 'v=0' });
    await untilEvent(page, 'out', 'answer');
    a.sendText('no JSON');
    await untilEvent(page, 'refused', 'bad_json');
    await untilFact(page, 'Messages in', '2');
    await keepPicture(page, 'admin-session');

    // Escape and Cancel are a no: the session goes on.
    await page.click('text=Kick');
    await page.waitForSelector('#question[open]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('#question', { state: 'hidden' });
    await page.click('text=Kick');
    await answer(page, 'Kick this session?', 'no');
    b.sendJson({ type: 'rollback' });
    await untilEvent(page, 'out', 'rollback');

    await page.click('text=Kick');
    await answer(page, 'Kick this session?', 'yes');
    const { code, reason } = await a.untilClose();
    assert.deepEqual({ code, reason }, { code: 1008, reason: 'Kicked' });
    await page.waitForSelector('text=This session was kicked and has ended;');
    assert.equal(await page.isVisible('text="Kick"'), false);
    await a.finishClosing(code);
    await server.untilMetric('signalbox_connections', 1);
    // What was seen last stays: it ends with why.
    assert.deepEqual(await page.$$eval('.timeline li:first-child > *',
      (parts) => parts.slice(2, 4).map((part) => part.textContent)),
    ['closed', 'kicked']);
    await untilFact(page, 'State', 'closing');
    await keepPicture(page, 'admin-kicked');
    await show(page, 'Sessions');
    await untilRows(page, 'Sessions', 1);
    assertQuiet(browser);
  }));

test('admin: a room is closed from its page', LIMIT,
  withAdmin({}, async (browser, server) => {
    const page = await openAdmin(browser, server);
    const clients = await server.sessions('doomed', 2);
    const other = await server.session('spared');
    await show(page, 'Rooms');
    await untilRows(page, 'Rooms', ['doomed', 'spared']);
    await page.click('text=doomed');
    await untilRows(page, 'Members', 2);
    await page.click('text=Close room');
    await answer(page, 'Close this room?', 'yes');
    for (const client of clients) {
      const { code, reason } = await client.untilClose();
      assert.deepEqual({ code, reason }, { code: 1008, reason: 'Room closed' });
      await client.finishClosing(code);
    }
    await page.waitForSelector('text=Closed room doomed: 2 sessions.');
    await show(page, 'Rooms');
    await untilRows(page, 'Rooms', ['spared']);
    assert.equal(other.end, undefined);
  }));

test('admin: a table is sorted and filtered by the node', LIMIT,
  withAdmin({}, async (browser, server) => {
    const page = await openAdmin(browser, server);
    const [quiet, loud] =
      [await server.session('a-quiet'), await server.session('b-loud')];
    const [, hears] =
      [await server.session('a-quiet'), await server.session('b-loud')];
    for (let i = 0; i < 3; i += 1) loud.sendText(offer());
    await hears.texts(3);
    await show(page, 'Rooms');
    await untilRows(page, 'Rooms', ['a-quiet', 'b-loud']);
    assert.equal(
      await page.getAttribute('th:has-text("Room")', 'aria-sort'), 'ascending');
    await page.click('th button:has-text("Messages")');
    await untilRows(page, 'Rooms', ['b-loud', 'a-quiet']);
    assert.equal(await page.getAttribute('th:has-text("Messages")',
      'aria-sort'), 'descending');
    await page.fill('#filter', 'quiet');
    await untilRows(page, 'Rooms', ['a-quiet']);
    assert.equal(new URL(page.url()).hash,
      '#/rooms?filter=quiet&sort=messages');

    // What is shown can be linked to, and Back leads to it.
    await page.click('text=a-quiet');
    await untilRows(page, 'Members', 2);
    await page.goBack();
    await untilRows(page, 'Rooms', ['a-quiet']);
    assert.equal(await page.inputValue('#filter'), 'quiet');
    assert.equal(quiet.end, undefined);
    assertQuiet(browser);
  }));

test('admin: an actor tells what it has handled', LIMIT,
  withAdmin({}, async (browser, server) => {
    await server.session('lobby');
    const page = await openAdmin(browser, server);
    await show(page, 'Actors');
    await page.waitForSelector('[aria-label="Actors by kind"] >> text=session');
    const kinds = await firstColumn(page, 'Actors by kind');
    for (const kind of ['session', 'room', 'supervisor']) {
      assert.ok(kinds.includes(kind), `${kind} is not in ${kinds}`);
    }
    await page.click('[aria-label="Actors by kind"] >> text="room"');
    await untilRows(page, 'Actors', 1);
    await page.click('[aria-label="Actors"] tbody a');
    await untilFact(page, 'Kind', 'room');
    await untilFact(page, 'Room', 'lobby');
    await page.waitForSelector(
      '[aria-label="Messages handled, by type"] tbody tr');
    assertQuiet(browser);
  }));

test('admin: the log level is changed, the node drained and not drained',
  LIMIT, withAdmin({ DRAIN_TIMEOUT_MS: 60_000 }, async (browser, server) => {
    const page = await openAdmin(browser, server);
    await untilFact(page, 'Log level', 'info');
    await page.selectOption('#log-level', 'debug');
    await page.click('#log-level-go');
    await answer(page, 'Log at level debug?', 'yes');
    await untilFact(page, 'Log level', 'debug');
    await page.click('#drain');
    await answer(page, 'Drain this node?', 'yes');
    await page.waitForSelector('.badge >> text=draining');
    assert.equal((await server.http('/readyz')).status, 503);
    await page.click('text=Cancel drain');
    await answer(page, 'Cancel the drain?', 'yes');
    await page.waitForSelector('.badge >> text="ready"');
    assert.equal((await server.http('/readyz')).status, 200);
    assertQuiet(browser);
  }));

test('admin: the page is light and whole, and asks nobody else', LIMIT,
  withAdmin({}, async (browser, server) => {
    await openAdmin(browser, server);
    const assets = browser.responses.filter(
      (response) => !response.url().includes('/api/'));
    let bytes = 0;
    for (const response of assets) {
      assert.equal(response.status(), 200, response.url());
      bytes += (await response.body()).length;
    }
    const names = assets.map((x) => new URL(x.url()).pathname);
    for (const name of ['', 'plots.js', 'dygraph.min.js', 'icon.svg']) {
      assert.ok(names.includes(`/admin/${name}`), `${name} is not in ${names}`);
    }
    assert.ok(bytes < PAGE_BYTES_MAX, `${bytes} bytes`);
    assertQuiet(browser);
  }));
