// A user on another device: opens the URL with the code, confirms it, signs in and consents.
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.INTEROP_NODE_MODULES}/browser.js`);
const { chromium } = require('playwright-core');

const browser = await chromium.launch({
  executablePath: process.env.INTEROP_CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'],
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(process.argv[2]);
  // The page with the code may submit itself.
  await page.waitForLoadState('networkidle');
  for (let step = 0; step < 6; step += 1) {
    const login = page.locator('input[name="login"]');
    if (await login.count()) {
      await login.fill(process.env.INTEROP_USER);
      await page.fill('input[name="password"]', 'not-a-real-password');
    }
    const button = page.locator('button[type="submit"]');
    if (!(await button.count())) break;
    await button.first().click();
    await page.waitForLoadState('networkidle');
  }
  console.log(await page.innerText('body'));
} finally {
  await browser.close();
}
