// The operator's page as tests use it: opening it, finding things on it.

import assert from 'node:assert/strict';

import { withBrowser, withBrowserAndNodes } from './browser.js';

export const TOKEN = 'a+token/with%percent=and&more#';

/** A node whose admin endpoint asks for TOKEN. */
export const withAdmin = (env, body, look) =>
  withBrowser({ env: { ADMIN_TOKEN: TOKEN, ...env } }, body, look);

/** Two of them on one Redis. */
export const withAdmins = (body, look) => withBrowserAndNodes(
  { count: 2, env: { ADMIN_TOKEN: TOKEN } }, body, look);

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

/** Waits until a table has these rows, by as many cells as each names. */
export const untilCells = (page, label, wanted) => page.waitForFunction(
  ([name, rows]) => {
    const found = [...document.querySelectorAll(
      `[role="region"][aria-label="${name}"] tbody tr`)]
      .map((row, i) => [...row.cells].slice(0, rows[i]?.length)
        .map((cell) => cell.textContent));
    return JSON.stringify(found) === JSON.stringify(rows);
  }, [label, wanted]);

/** Waits until a fact, by its name, is shown with this text. */
export const untilFact = (page, name, text) => page.waitForFunction(
  ([what, wanted]) => [...document.querySelectorAll('.facts > div')].some(
    (box) => box.querySelector('dt').textContent === what
      && box.querySelector('dd').textContent === wanted),
  [name, text]);

/** The values in the legend of a plot, by series. */
export const legendOf = (page, title) => page.$eval(
  `figure:has(h3:text-is("${title}"))`,
  (figure) => Object.fromEntries(
    [...figure.querySelectorAll('.legend li')].map((item) => [
      item.childNodes[1].textContent.trim(),
      item.querySelector('b').textContent,
    ])));

/** The pixels of a plot. */
export const pictureOf = (page, title) => page.$eval(
  `figure:has(h3:text-is("${title}")) canvas`,
  (canvas) => canvas.toDataURL());

/** A single point is a dot of fewer columns. */
const LINE_PX_MIN = 8;

/**
 * Waits until a plot has a line: columns that hold the colour of one of its
 * series.
 */
export const untilDrawn = (page, title) => page.waitForFunction(
  ([name, columnsMin]) => {
    const figure = [...document.querySelectorAll('figure')]
      .find((x) => x.querySelector('h3').textContent === name);
    const colours = [...figure.querySelectorAll('.swatch')].map((swatch) =>
      getComputedStyle(swatch).backgroundColor.match(/\d+/g).map(Number));
    const canvas = figure.querySelector('canvas');
    const { width, height } = canvas;
    // Chromium complains of a canvas that is read again and again.
    const copy = new OffscreenCanvas(width, height)
      .getContext('2d', { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    const columns = new Set();
    for (let i = 0; i < data.length; i += 4) {
      // The edge of a line has its colour, but is less opaque.
      if (data[i + 3] > 127 && colours.some((colour) =>
        colour.every((x, k) => Math.abs(x - data[i + k]) <= 2))) {
        columns.add(i / 4 % width);
      }
    }
    return columns.size >= columnsMin;
  }, [title, LINE_PX_MIN]);

/** Answers the question that is asked; it must have this title. */
export async function answer(page, title, button) {
  await page.waitForSelector('#question[open]');
  assert.equal(await page.textContent('#question-title'), title);
  await page.click(`#question-${button}`);
  await page.waitForSelector('#question', { state: 'hidden' });
}
