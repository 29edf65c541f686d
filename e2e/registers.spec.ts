import { expect, test, type Page } from '@playwright/test';
import { signIn } from './accounts';
import { expectAccessible } from './accessible';

const heading = (page: Page) => page.getByRole('heading', { level: 2 }).first();

async function expectNoOverflow(page: Page) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${page.url()} is wider than the screen`).toBeLessThanOrEqual(0);
}

// The figures of the enterprise in a year, as the dashboard's table shows them.
async function figures(page: Page, year: string) {
  await page.goto(`/units/210202000002/figures?year=${year}&view=table`);
  return page.locator('.figures tbody tr').allTextContents();
}

test('a proposal is entered, corrected and removed, and the figures follow', async ({ page }, info) => {
  test.slow(); // ten pages are looked over
  // Several walks go through the same city at the same time: each width has years of its own, in which no other walk enters a
  // proposal, lest one take away what another adds.
  const [year, later] = info.project.name === 'phone' ? ['2011', '2013'] : ['2014', '2015'];
  const number = `r${year}${Date.now()}`;
  await signIn(page, 'enterprise');
  const before = await figures(page, year);

  await page.getByRole('navigation', { name: '主菜单' }).getByRole('link', { name: '台账' }).click();
  await expect(heading(page)).toHaveText('台账');
  await expectAccessible(page);
  await expectNoOverflow(page);
  await page.getByRole('link', { name: '合理化建议', exact: true }).click();
  await expectAccessible(page);
  await expectNoOverflow(page);
  await page.locator('.list-ways').getByRole('link', { name: '新增' }).click();
  await expect(heading(page)).toHaveText('登记：合理化建议');
  await expectAccessible(page);
  await expectNoOverflow(page);

  // The server refuses what the browser lets through, beside its field, and nothing typed is lost.
  await page.getByLabel('编号').first().fill(number);
  await page.getByLabel('建议名称').fill('加装定位销');
  await page.getByLabel('提出日期').fill(`${year}-05-01`);
  await page.getByLabel('措施').fill('在夹具上加装定位销');
  await page.locator('.later > summary').click();
  await page.getByLabel('审查结论').selectOption({ label: '采纳' });
  await page.getByLabel('审查日期').fill(`${year}-06-01`);
  await page.getByLabel('投入').fill('很多');
  await page.getByRole('button', { name: '保存' }).click();
  await expect(page.getByRole('alert')).toContainText('投入：“很多”不是数字');
  await expect(page.getByLabel('建议名称')).toHaveValue('加装定位销');
  await expectAccessible(page);
  await expectNoOverflow(page);
  await page.getByLabel('投入').fill('1.2万');
  await page.getByRole('button', { name: '保存' }).click();
  await expect(page.getByRole('status')).toContainText('已登记');
  await expect(page.locator('.details').filter({ hasText: '12,000.00 元' })).toBeVisible();
  await expectAccessible(page);
  await expectNoOverflow(page);
  const record = page.url().replace(/\?.*/, '');
  const entered = await figures(page, year);
  expect(entered).not.toEqual(before);

  await page.goto(record);
  await page.getByRole('link', { name: '更正' }).click();
  await expect(page.getByLabel('投入')).toHaveValue('12000');
  // Who entered it with the decision does not change the decision: that is for a second person.
  await page.getByLabel('审查结论').selectOption({ label: '部分采纳' });
  await page.getByRole('button', { name: '保存' }).click();
  await expect(page.getByRole('alert')).toContainText('审查结论');
  await expectAccessible(page);
  await page.getByLabel('审查结论').selectOption({ label: '采纳' });
  await page.getByLabel('审查日期').fill(`${later}-06-01`);
  await page.getByLabel('提出日期').fill(`${later}-05-01`);
  await expectAccessible(page);
  await page.getByRole('button', { name: '保存' }).click();
  await expect(page.getByRole('status').filter({ hasText: '已更正' })).toBeVisible();
  await expect(page.locator('.changes ins').filter({ hasText: later }).first()).toBeVisible();
  await expectAccessible(page);
  expect(await figures(page, year)).not.toEqual(entered);
  const corrected = await figures(page, later);

  // Found by its number, and removed.
  await page.goto('/units/210202000002/registers/proposal');
  await expectAccessible(page);
  await page.getByRole('searchbox', { name: '搜索' }).fill(number);
  await page.getByRole('search', { name: '筛选记录' }).getByRole('button', { name: '查询' }).first().click();
  await page.getByRole('link', { name: number, exact: true }).click();
  await page.getByText('删除', { exact: true }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: '确认删除' }).click();
  await expect(page.getByRole('status').filter({ hasText: '记录已删除' })).toBeVisible();
  expect(await figures(page, later)).not.toEqual(corrected);
});

test('a record is entered without scripts', async ({ browser }, info) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await signIn(page, 'enterprise', '/units/210202000002/registers/proposal/new');
  await page.getByLabel('编号').first().fill(`n${info.project.name}${Date.now()}`);
  await page.getByLabel('建议名称').fill('改进照明');
  await page.getByLabel('提出日期').fill('2012-05-02');
  await page.getByLabel('措施').fill('换成节能灯');
  await page.getByRole('button', { name: '保存' }).click();
  await expect(page.getByRole('status')).toContainText('已登记');
  await context.close();
});
