// Who sees the operator's page, where the token goes and where it does not, and
// what strangers can put on the page.

import assert from 'node:assert/strict';
import test from 'node:test';

import { claimsFor, makeSecret, makeToken }
  from '../integration/support/tokens.js';
import {
  REFUSED, TOKEN, adminUrl, assertQuiet, fragmentWith, openAdmin, show,
  untilFact, untilGate, untilLive, untilRows, withAdmin,
} from './support/admin.js';
import { withBrowser } from './support/browser.js';

const LIMIT = { timeout: 300_000 };

async function type(page, token) {
  await page.fill('#token', token);
  await page.click('#gate-go');
}

function assertTokenIsNowhere(browser, page) {
  for (const address of [page.url(), ...browser.addresses]) {
    assert.ok(!address.includes(TOKEN)
      && !address.includes(encodeURIComponent(TOKEN)), address);
  }
}

test('admin: a token is typed in, kept for the tab, and forgotten', LIMIT,
  withAdmin({}, async (browser, server) => {
    const page = await browser.open(adminUrl(server));
    await untilGate(page);
    assert.equal(await page.getAttribute('#token', 'type'), 'password');
    assert.equal(await page.getAttribute('#token', 'autocomplete'), 'off');
    await type(page, 'wrong');
    await untilGate(page, 'wrong');
    assert.equal(await page.textContent('#gate-text'),
      'The node knows another token.');
    assert.equal(await page.inputValue('#token'), '');
    await type(page, TOKEN);
    await untilLive(page);
    assert.equal(await page.isVisible('#gate'), false);
    await page.reload();
    await untilLive(page);
    await untilGate(await browser.open(adminUrl(server)));
    await page.click('#forget');
    await untilGate(page);
    assert.equal(await page.textContent('#view'), '');
    await page.reload();
    await untilGate(page);
    assertTokenIsNowhere(browser, page);
    // Without a token, a wrong one, the new tab, and forgotten.
    assertQuiet(browser, Array(4).fill(REFUSED));
  }));

test('admin: a token in the fragment is taken, and gone from the address',
  LIMIT, withAdmin({}, async (browser, server) => {
    const page =
      await browser.open(adminUrl(server, fragmentWith(TOKEN)));
    await untilLive(page);
    assert.equal(page.url(), adminUrl(server, '#/'));
    await page.reload();
    await untilLive(page);
    assert.equal(page.url(), adminUrl(server, '#/'));
    assertQuiet(browser);
    await untilGate(await browser.open(adminUrl(server)));

    // Into an open page, too; there a wrong one counts as well.
    await page.goto(adminUrl(server, fragmentWith('wrong')));
    await untilGate(page, 'wrong');
    assert.equal(page.url(), adminUrl(server, '#/'));
    await page.goto(adminUrl(server, fragmentWith(TOKEN)));
    await untilLive(page);
    assert.equal(page.url(), adminUrl(server, '#/'));
    assertQuiet(browser, Array(2).fill(REFUSED));
  }));

test('admin: a node without a token shows its page to its own machine', LIMIT,
  withBrowser({}, async (browser, server) => {
    const page = await browser.open(adminUrl(server));
    await untilLive(page);
    await untilFact(page, 'Sessions', '0');
    assert.equal(await page.isVisible('#forget'), false);
    await server.session('lobby');
    await show(page, 'Sessions');
    await untilRows(page, 'Sessions', 1);
    await page.click('[aria-label="Sessions"] tbody a');
    await page.click('text=Kick');
    await page.click('#question-yes');
    await page.waitForSelector('text=This session was kicked and has ended;');
    assertQuiet(browser);
  }));

const MARKUP = '<img src=x onerror="document.title=1"><script>1</script>';
const SECRET = 'a secret of the tests that is long enough';

test('admin: what strangers call themselves is shown as text', LIMIT,
  withAdmin({ ENABLE_AUTH: true, JWT_SECRET: SECRET },
    async (browser, server) => {
      const token = makeToken(makeSecret(SECRET),
        claimsFor('lobby', { sub: MARKUP }));
      await server.session('lobby', { query: `?roomId=lobby&token=${token}` });
      const page = await openAdmin(browser, server);
      await show(page, 'Sessions');
      await untilRows(page, 'Sessions', 1);
      await page.waitForFunction((text) =>
        [...document.querySelectorAll('td')]
          .some((cell) => cell.textContent === text), MARKUP);
      await page.click('[aria-label="Sessions"] tbody a');
      await untilFact(page, 'Subject', MARKUP);
      assert.equal(await page.locator('main img, main script').count(), 0);
      assertQuiet(browser);

      // So is what an address holds, and that there is no such thing.
      await page.goto(
        adminUrl(server, `#/sessions/${encodeURIComponent(MARKUP)}`));
      await page.waitForSelector(
        'text=There is no such session on this node.');
      assert.equal(await page.textContent('main h2 code'), MARKUP);
      assert.equal(await page.locator('main img, main script').count(), 0);
      assert.notEqual(await page.title(), '1');
      assert.deepEqual(browser.foreignRequests, []);
      assert.ok(!browser.addresses.some((x) => x.endsWith('/x')));
    }));
