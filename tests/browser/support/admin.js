// The operator's page as tests use it: opening it, finding things on it.

import assert from 'node:assert/strict';

import { withBrowser } from './browser.js';

export const TOKEN = 'a+token/with%percent=and&more#';

/** A node whose admin endpoint asks for TOKEN. */
export const withAdmin = (env, body, look) =>
  withBrowser({ env: { ADMIN_TOKEN: TOKEN, ...env } }, body, look);

export const adminUrl = (server, fragment = '') =>
  `http://127.0.0.1:${server.port}/admin/${fragment}`;

export const fragmentWith = (token) => `#token=${encodeURIComponent(token)}`;

/** The page, admitted and fed. */
export async function openAdmin(browser, server) {
  const page = await browser.open(adminUrl(server, fragmentWith(TOKEN)));
  await untilLive(page);
  return page;
}

export const untilLive = (page) =>
  page.waitForSelector('#stream[data-state="live"]');

/** Nothing on the console, nothing failed, nobody else was asked. */
export function assertQuiet(browser, complaints = []) {
  assert.deepEqual(browser.complaints, complaints);
  assert.deepEqual(browser.failures, []);
  assert.deepEqual(browser.foreignRequests, []);
}

/** What Chromium says on the console, whatever a page does about it. */
export const REFUSED = 'error: Failed to load resource: the server responded '
  + 'with a status of 401 (Unauthorized)';

export async function untilGate(page, state = 'asked') {
  await page.waitForSelector(`#gate[data-state="${state}"]`);
  assert.equal(await page.isVisible('#token'), true);
  assert.equal(await page.isVisible('#tabs'), false);
}

export async function show(page, tab) {
  await page.click(`#tabs a:has-text("${tab}")`);
  await page.waitForSelector(`#tabs a:has-text("${tab}")[aria-current]`);
}

/** The texts of the first column of the table with this label. */
export const firstColumn = (page, label) => page.$$eval(
  `[role="region"][aria-label="${label}"] tbody tr > :first-child`,
  (cells) => cells.map((cell) => cell.textContent));

/** Waits until a table has these rows, by their first column. */
export const untilRows = (page, label, wanted) => page.waitForFunction(
  ([name, rows]) => {
    const cells = document.querySelectorAll(
      `[role="region"][aria-label="${name}"] tbody tr > :first-child`);
    const found = [...cells].map((cell) => cell.textContent);
    return typeof rows === 'number' ? found.length === rows
      : JSON.stringify(found) === JSON.stringify(rows);
  }, [label, wanted]);

/** Waits until a fact, by its name, is shown with this text. */
export const untilFact = (page, name, text) => page.waitForFunction(
  ([what, wanted]) => [...document.querySelectorAll('.facts > div')].some(
    (box) => box.querySelector('dt').textContent === what
      && box.querySelector('dd').textContent === wanted),
  [name, text]);

/** Answers the question that is asked; it must have this title. */
export async function answer(page, title, button) {
  await page.waitForSelector('#question[open]');
  assert.equal(await page.textContent('#question-title'), title);
  await page.click(`#question-${button}`);
  await page.waitForSelector('#question', { state: 'hidden' });
}
