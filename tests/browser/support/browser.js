// A real Chromium, one for a file of tests, with a fresh profile for each test
// that remembers what its pages complained about.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

import { withNodes } from '../../integration/support/nodes.js';
import { withNode } from '../../integration/support/server.js';
import { SANITIZED } from '../../integration/support/until.js';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARTIFACTS = path.join(path.dirname(fileURLToPath(import.meta.url)),
  '..', '..', 'artifacts');
const DEADLINE_MS = SANITIZED ? 60_000 : 30_000;

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A call within one machine that has no network: loopback addresses count,
  // and are not hidden behind mDNS names.
  '--allow-loopback-in-peer-connection',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
];

let chrome;
before(async () => {
  assert.ok(existsSync(EXECUTABLE), `no browser at ${EXECUTABLE}`);
  chrome = await chromium.launch({
    executablePath: EXECUTABLE, headless: true, args: ARGUMENTS,
  });
});
after(() => chrome?.close());

export class Browser {
  /** Errors and warnings on the console, and exceptions. */
  complaints = [];
  foreignRequests = [];
  /** All addresses that were asked for, in order. */
  addresses = [];
  /** Answers, of whatever status. */
  responses = [];
  /** Those that failed, but for what a page ended itself. */
  failures = [];

  #context;

  /** `look`: options of a Playwright context: viewport, colorScheme. */
  static async start(look = {}) {
    const browser = new Browser();
    browser.#context = await chrome.newContext(look);
    return browser;
  }

  async open(url) {
    const page = await this.#context.newPage();
    page.setDefaultTimeout(DEADLINE_MS);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) {
        this.complaints.push(`${message.type()}: ${message.text()}`);
      }
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('request', (request) => {
      this.addresses.push(request.url());
      if (!/^(data|blob):/.test(request.url())
          && new URL(request.url()).origin !== new URL(url).origin) {
        this.foreignRequests.push(request.url());
      }
    });
    page.on('response', (response) => this.responses.push(response));
    page.on('requestfailed', (request) => {
      const why = request.failure().errorText;
      if (why !== 'net::ERR_ABORTED') {
        this.failures.push(`${request.url()}: ${why}`);
      }
    });
    const answer = await page.goto(url);
    assert.equal(answer.status(), 200);
    return page;
  }

  async close() {
    await this.#context.close();
  }
}

const inBrowser = (body, look) => async (whom, t) => {
  const browser = await Browser.start(look);
  try {
    await body(browser, whom, t);
  } finally {
    await browser.close();
  }
};

/** A test body with a node and a browser of its own. */
export const withBrowser = (options, body, look) =>
  withNode(options, inBrowser(body, look));

/** The same with nodes on a Redis: `async (browser, {redis, nodes}) => ...`. */
export const withBrowserAndNodes = (options, body, look) =>
  withNodes(options, inBrowser(body, look));

export async function keepPicture(page, name) {
  await mkdir(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: path.join(ARTIFACTS, `${name}.png`) });
}
