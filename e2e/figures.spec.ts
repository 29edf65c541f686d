import { expect, test } from '@playwright/test';
import { signIn } from './accounts';
import { expectAccessible } from './accessible';

test('from the city down to an enterprise', async ({ page }) => {
  test.slow(); // five large pages are looked over
  await signIn(page, 'city');
  await page.getByRole('navigation', { name: '主菜单' }).getByRole('link', { name: '指标总览' }).click();
  await expect(page).toHaveURL(/\/units\/210200000\/figures/);
  await expect(page.locator('.tile')).toHaveCount(40);
  await expectAccessible(page);
  const heading = page.getByRole('heading', { level: 1 });
  const names: string[] = [];
  for (const below of ['a district', 'an enterprise']) {
    await page.getByRole('navigation', { name: '本单位的页面' }).getByRole('link', { name: '排名' }).click();
    await expectAccessible(page);
    const unit = page.locator('#ranked tbody th a').first();
    names.push((await unit.textContent()) ?? below);
    await unit.click();
    await expect(heading).toContainText(names.at(-1)!);
    await expectAccessible(page);
  }
  await page.getByRole('navigation', { name: '上级单位' }).getByRole('link').last().click();
  await expect(heading).toContainText(names[0]); // and up again
});

test('a figure is traced to its records in two clicks', async ({ page }) => {
  await signIn(page, 'city', '/units/210200000/figures?year=2013');
  await page.locator('.tile').first().click();
  const records = page.locator('#records tbody tr');
  await expect(records.first()).toBeVisible();
  await expectAccessible(page);
  await records.first().getByRole('link').first().click();
  await expect(page).toHaveURL(/\/records\/\d+/);
  await expectAccessible(page);
});

test('figures up to a month stay so from page to page', async ({ page }) => {
  test.slow(); // five large pages are looked over
  await signIn(page, 'city', '/units/210200000/figures?year=2012');
  const said = page.getByRole('status').filter({ hasText: '本页数据截至 2012年6月' });
  await expect(said).toHaveCount(0);
  await page.getByLabel('截至').selectOption('2012-06');
  await expect(page).toHaveURL(/through=2012-06/);
  await expect(said).toBeVisible();
  await expectAccessible(page);
  await page.locator('.tile', { hasText: '合理化建议总数' }).click();
  await expect(page).toHaveURL(/figures\/1\.2\?.*through=2012-06/);
  await expect(said).toBeVisible();
  // What is to come stands in the table, marked, beside the chart.
  await expect(page.locator('#history .to-come')).toHaveText([/2012年12月/, /2013/, /2014/, /2015/]);
  await expect(page.locator('#months tbody tr')).toHaveCount(12);
  await expect(page.locator('.chart-box .chart:visible').first()).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('navigation', { name: '本单位的页面' }).getByRole('link', { name: '排名' }).click();
  await expect(page).toHaveURL(/ranking\?.*through=2012-06/);
  await page.locator('#ranked tbody th a').first().click();
  await expect(said).toBeVisible();
  await page.getByRole('navigation', { name: '年度' }).getByRole('link', { name: '2013' }).click();
  await expect(page).toHaveURL(/through=2013-06/);
  await page.getByRole('link', { name: '不限月份' }).click();
  await expect(page).not.toHaveURL(/through/);
  await expect(page.getByLabel('截至')).toHaveValue('');
});

test('the districts as tiles, on the dashboard and alone', async ({ page }) => {
  test.slow();
  await signIn(page, 'city', '/units/210200000/figures?year=2013');
  const tiles = page.locator('#grid .grid-tile');
  await expect(tiles).toHaveCount(0); // nothing is fetched before somebody looks
  await page.locator('#grid').scrollIntoViewIfNeeded();
  await expect(tiles).toHaveCount(25);
  await expectAccessible(page);
  await page.locator('#grid-by').selectOption('1.6');
  await expect(page.locator('#grid-by')).toHaveValue('1.6');
  await expect(tiles.first().locator('.grid-value')).toContainText('%');
  await expect(page).toHaveURL(/\/figures\?/); // in place
  await tiles.first().click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('中山区总工会');
});

test('the tiles without a script', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await signIn(page, 'city', '/units/210200000/figures?year=2013');
  await page.locator('#grid').getByRole('link').click();
  await expect(page.locator('.grid-tile')).toHaveCount(25);
  await page.locator('#grid-by').selectOption('1.2');
  await page.locator('#grid').getByRole('button').click();
  await expect(page).toHaveURL(/grid\?.*by=1\.2/);
  await page.getByLabel('截至').selectOption('2013-06');
  await page.locator('.months', { has: page.getByLabel('截至') }).getByRole('button').click();
  await expect(page).toHaveURL(/by=1\.2.*through=2013-06/);
  await context.close();
});

test('the page about the program', async ({ page }) => {
  await signIn(page, 'city');
  await page.getByRole('link', { name: '关于' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('关于');
  await expect(page.locator('.details')).toContainText('SQLite');
  await expectAccessible(page);
});

test('somebody else has no right to see it', async ({ page }) => {
  await signIn(page, 'enterprise');
  const answer = await page.goto('/units/210271000/figures');
  expect(answer?.status()).toBe(404);
  await expectAccessible(page);
});
