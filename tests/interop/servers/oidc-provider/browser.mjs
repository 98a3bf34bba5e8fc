// A user with a browser: signs in at oidc-provider's pages, consents, and records the last page of the browser.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.INTEROP_NODE_MODULES}/browser.js`);
const { chromium } = require('playwright-core');

const record = (result) => writeFileSync(process.env.INTEROP_RESULT, JSON.stringify(result));
const browser = await chromium.launch({
  executablePath: process.env.INTEROP_CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'],
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(process.argv[2]);
  await page.fill('input[name="login"]', process.env.INTEROP_USER);
  await page.fill('input[name="password"]', 'not-a-real-password');
  await page.click('button[type="submit"]');
  await page.waitForURL((url) => url.pathname.startsWith('/interaction/'));
  await page.click('button[type="submit"]');
  await page.waitForURL((url) => url.pathname === '/callback');
  record({
    title: await page.title(),
    text: await page.innerText('body'),
    scripts: await page.locator('script').count(),
    errors,
  });
} catch (error) {
  record({ error: String(error) });
} finally {
  await browser.close();
}
