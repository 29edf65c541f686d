import { chromium } from '@playwright/test';
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const pages = JSON.parse(process.argv[2]);
for (const [w, h, name] of [[1366, 768, 'd'], [390, 844, 'p']]) {
  const context = await browser.newContext({ viewport: { width: w, height: h }, locale: 'zh-CN' });
  const page = await context.newPage();
  await page.goto('http://127.0.0.1:18177/login');
  await page.fill('#user', process.argv[3]); await page.fill('#password', 'demo-kettle-Lushun');
  await page.click('.login-form button');
  for (const [n, url] of Object.entries(pages)) {
    await page.goto('http://127.0.0.1:18177' + url);
    await page.waitForTimeout(400);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    console.log(name, n, page.url(), over);
    await page.screenshot({ path: `/tmp/shots/${n}-${name}.png`, fullPage: n.startsWith('f') });
  }
}
await browser.close();
