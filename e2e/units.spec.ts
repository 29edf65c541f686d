import { expect, test, type Page } from '@playwright/test';
import { signIn } from './accounts';
import { expectAccessible } from './accessible';

const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const long = '大连金州经济技术开发区先进装备制造产业园区第一联合机械加工与精密铸造股份有限公司（原国营第五二三厂）及其所属各生产车间联合工会委员会';

// Goes through the question to the deed, and back on the unit's page.
async function carryOut(page: Page, action: string) {
  await page.getByRole('button', { name: '下一步：核对' }).click();
  await expect(page.getByRole('heading', { name: '确认以后' })).toBeVisible();
  await expectAccessible(page);
  await expectNoOverflow(page);
  await page.getByRole('button', { name: `确认${action}` }).click();
  await expect(page.getByRole('status')).toContainText(`已办理：${action}`);
}

async function expectNoOverflow(page: Page) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${page.url()} is wider than the screen`).toBeLessThanOrEqual(0);
}

test('a unit is made, renamed, moved and closed', async ({ page }, info) => {
  test.slow(); // a dozen pages are looked over
  const code = `9${info.project.name === 'phone' ? 1 : 2}${Date.now() % 10_000_000}`;
  const change = (name: string) => page.getByRole('navigation', { name: '维护本单位' }).getByRole('link', { name }).click();
  await signIn(page, 'city', '/units/210202000');
  await expectAccessible(page);
  await change('新建下属单位');
  await expectAccessible(page);
  await expectNoOverflow(page);
  await page.getByLabel('统计编码').fill(code);
  await page.getByLabel('单位名称').fill('新厂工会');
  await page.getByLabel('单位类别').selectOption('170');
  await page.getByRole('button', { name: '新建' }).click();
  await expect(heading(page)).toContainText(`新厂工会 ${code}`);

  await change('更名');
  await expectAccessible(page);
  await page.getByLabel('新名称').fill(long);
  await page.getByLabel('原名称使用至').fill('2013-06-30');
  await carryOut(page, '更名');
  await expect(heading(page)).toContainText(long);
  await expectNoOverflow(page);
  await expect(page.getByRole('main')).toContainText('新厂工会 用到 2013年6月30日');

  await change('调整隶属');
  await page.getByLabel('新的上级工会').fill('没有这个单位');
  await page.getByLabel('起始月份').fill('2013-07');
  await page.getByRole('button', { name: '下一步：核对' }).click();
  await expect(page.getByRole('alert')).toContainText('没有代码或名称为“没有这个单位”的单位');
  await page.getByLabel('新的上级工会').fill('210203000');
  await carryOut(page, '调整隶属');
  await expect(page.getByRole('navigation', { name: '上级单位' }).getByRole('link').last()).toHaveAttribute('href', '/units/210203000');
  await expectAccessible(page);

  await change('撤销');
  await page.getByLabel('起始月份').fill('2014-01');
  await carryOut(page, '撤销');
  await expect(page.getByRole('main')).toContainText('2014年1月 撤销');
  await expect(page.getByRole('navigation', { name: '维护本单位' })).toHaveCount(0);
});

test('an officer below the city keeps no tree', async ({ page }) => {
  await signIn(page, 'zhongshan', '/units');
  await expect(page.getByRole('navigation', { name: '维护本单位' })).toHaveCount(0);
});
