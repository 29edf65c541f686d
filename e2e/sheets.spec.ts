// A register taken home as a file, worked on there and brought back. The csv
// has the same lines and columns as the workbook, and a test can edit it.
import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { signIn } from './accounts';
import { expectAccessible } from './accessible';

const register = '/units/210202000002/registers/proposal';

async function download(page: Page, link: string) {
  const menu = page.locator('.downloads').first();
  if (await menu.getAttribute('open') === null) await menu.locator('summary').click();
  const event = page.waitForEvent('download');
  await menu.getByRole('link', { name: link, exact: true }).click();
  const file = await event;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

async function handIn(page: Page, name: string, text: string) {
  await page.goto('/imports/new');
  await page.locator('#files').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  await page.getByRole('button', { name: '上传并检查' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(name);
}

async function take(page: Page) {
  await page.getByRole('button', { name: /^导入全部/ }).click();
  await expect(page.getByRole('heading', { name: '已入库' })).toBeVisible({ timeout: 15_000 });
}

test('a register goes home as a file and comes back with its corrections', async ({ page }, info) => {
  test.slow(); // three imports
  const number = `s${info.project.name}-${Date.now()}`;
  await signIn(page, 'enterprise', register);
  const template = await download(page, '空白模板（xlsx）');
  expect(template.name).toMatch(/合理化建议-模板\.xlsx$/);
  expect(template.bytes.subarray(0, 2).toString()).toBe('PK');
  expect((await download(page, 'Excel 表格（xlsx）')).name).toMatch(/合理化建议-\d{4}-\d{2}-\d{2}\.xlsx$/);
  await expectAccessible(page);

  // A template as filled in: its columns, one record.
  const empty = (await download(page, '文本表格（csv）')).bytes.toString();
  const lines = empty.split('\r\n');
  const titles = lines[2].split(',');
  const place = (title: string) => titles.findIndex((found) => found.replace('*', '') === title);
  const row = titles.map(() => '');
  for (const [title, text] of [['编号', number], ['建议名称', '加装定位销'], ['提出日期', '2013-05-01'], ['措施', '在夹具上加装']]) {
    row[place(title)] = text;
  }
  await handIn(page, '模板.csv', [...lines.slice(0, 3), row.join(',')].join('\r\n'));
  await expectAccessible(page);
  await take(page);

  // Unchanged it says so; edited it shows what becomes of what.
  await page.goto(register);
  const out = (await download(page, '文本表格（csv）')).bytes.toString();
  const head = out.split('\r\n').slice(0, 3);
  const own = out.split('\r\n').find((line) => line.includes(number))!;
  await handIn(page, '未改.csv', [...head, own].join('\r\n'));
  await expect(page.locator('.verdict')).toContainText('文件与库中完全一致');
  await expect(page.getByRole('button', { name: /^导入全部/ })).toHaveCount(0);
  await handIn(page, '改过.csv', [...head, own.replace('加装定位销', '加装两个定位销')].join('\r\n'));
  await expect(page.locator('#changes del')).toHaveText('加装定位销');
  await expect(page.locator('#changes ins')).toHaveText('加装两个定位销');
  await expectAccessible(page);
  await take(page);

  // The file of before is behind by one change: nothing is overwritten.
  await handIn(page, '旧的.csv', [...head, own.replace('加装定位销', '不装了')].join('\r\n'));
  await expect(page.locator('.cells').last()).toContainText('加装两个定位销');
  await expectAccessible(page);
  await page.getByRole('button', { name: '跳过这 1 行' }).click();
  await expect(page.locator('.verdict')).toContainText('将跳过与他人改动冲突的 1 行');
  await page.getByRole('button', { name: '取消导入' }).click();

  await page.goto(register);
  await expect(page.locator('.listing')).toContainText('加装两个定位销');
});
