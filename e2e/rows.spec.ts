// A field that holds a table: rows are added, taken out and kept, with a script and without.
import { expect, test, type Page } from '@playwright/test';
import { signIn } from './accounts';
import { expectAccessible } from './accessible';

const register = '/units/210202000002/registers/model-worker-team';
const cell = (page: Page, row: number, column: string) => page.locator(`[name="field.members.${row}.${column}"]`);

async function expectNoOverflow(page: Page) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${page.url()} is wider than the screen`).toBeLessThanOrEqual(0);
}

async function begin(page: Page, name: string) {
  await page.goto(`${register}/new`);
  await page.locator('[name="field.name"]').fill(name);
  await page.locator('[name="field.founded_on"]').fill('2012-03-01');
}

test('members are entered row by row', async ({ page }, info) => {
  await signIn(page, 'enterprise');
  await begin(page, `攻关队${info.project.name}${Date.now()}`);
  const table = page.locator('[data-name="field.members"]');
  await expect(table.locator('.row-of')).toHaveCount(1);
  await cell(page, 0, 'name').fill('张三');
  await cell(page, 0, 'speciality').fill('焊接');
  for (const name of ['李四', '王五']) {
    await table.getByRole('button', { name: '加一行' }).click();
    await page.keyboard.type(name);
  }
  await expectAccessible(page);
  await expectNoOverflow(page);
  await table.locator('.row-of').nth(1).locator('.row-removed').click();
  await page.locator('.record-form form .btn-primary').click();
  const grid = page.locator('table.grid');
  await expect(grid.locator('tbody tr')).toHaveCount(2);
  await expect(grid).toContainText('焊接');
  await expect(grid).toContainText('王五');
  await expect(grid).not.toContainText('李四');
  await expectAccessible(page);
  await expectNoOverflow(page);

  // Corrected: the rows stand in the form, and one more.
  await page.getByRole('link', { name: '更正' }).click();
  await expect(table.locator('.row-of')).toHaveCount(3);
  await expect(cell(page, 1, 'name')).toHaveValue('王五');
  // A row without what each must have comes back with everything that was typed.
  await cell(page, 2, 'speciality').fill('钳工');
  await page.locator('.record-form form .btn-primary').click();
  await expect(page.locator('.alert-danger')).toContainText('第 3 行');
  await expect(cell(page, 2, 'speciality')).toHaveValue('钳工');
  await cell(page, 2, 'name').fill('赵六');
  await page.locator('.record-form form .btn-primary').click();
  await expect(grid.locator('tbody tr')).toHaveCount(3);
});

test('members are entered without scripts', async ({ browser }, info) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await signIn(page, 'enterprise');
  await begin(page, `无脚本${info.project.name}${Date.now()}`);
  await cell(page, 0, 'name').fill('张三');
  await cell(page, 1, 'name').fill('李四');
  await page.locator('.record-form form .btn-primary').click();
  await expect(page.locator('table.grid tbody tr')).toHaveCount(2);
  await context.close();
});
