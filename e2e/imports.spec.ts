import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { signIn } from './accounts';
import { expectAccessible } from './accessible';

const head = '编号,建议名称,建议人,提出日期,措施,审查结论,采纳日期';
const row = (number: string, proposed: string) => `${number},改进夹具,王建国,${proposed},加装定位销,采纳,2013-06-01`;

async function upload(page: Page, name: string, lines: string[]) {
  await page.goto('/imports/new');
  await page.locator('#files').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(lines.join('\n')) });
  await page.getByRole('button', { name: '上传并检查' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(name);
}

// Numbers of records must not repeat: both machines walk through the same city.
const own = (name: string, project: string) => `${name}-${project}-${Date.now()}`;

test('a file with faults: the good rows move the figures', async ({ page }, info) => {
  await signIn(page, 'enterprise');
  const address = '/units/210202000002/figures?year=2013&view=table';
  const numbers = async () => {
    await page.goto(address);
    return page.locator('.figures tbody tr').allTextContents();
  };
  const before = await numbers();

  const [first, second, third] = [1, 2, 3].map((n) => own(`e${n}`, info.project.name));
  await upload(page, 'proposals.csv', [head, row(first, '2013-05-01'), row(second, '2013-02-30'), row(third, '2013-05-02')]);
  await expect(page.locator('.cells')).toContainText('D3');
  await expect(page.locator('.cells')).toContainText('2013-02-30');
  await expectAccessible(page);

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: '下载带批注的文件' }).click();
  expect((await download).suggestedFilename()).toBe('proposals-错误标注.xlsx');
  const annotated = await (await download).path();

  await page.getByRole('button', { name: '只导入没有错误的 2 行' }).click();
  await expect(page.getByRole('heading', { name: '已入库' })).toBeVisible({ timeout: 15_000 });
  await expectAccessible(page);
  expect(await numbers()).not.toEqual(before);

  // The same file, back as a workbook with its faults written in: what is stored is known again.
  await page.goto('/imports/new');
  const corrected = { name: '改正.xlsx', mimeType: 'application/octet-stream', buffer: readFileSync(annotated) };
  await page.locator('#files').setInputFiles(corrected);
  await page.getByRole('button', { name: '上传并检查' }).click();
  await expect(page.locator('.counts')).toContainText('未变');
  await expect(page.locator('.cells')).toContainText('D3');

  await page.goto('/imports');
  await expect(page.locator('tbody tr').nth(1)).toContainText('proposals.csv');
  await expectAccessible(page);
});

test('an unknown column must be explained', async ({ page }, info) => {
  await signIn(page, 'enterprise');
  await upload(page, 'columns.csv', [`${head},去年怎么样`, `${row(own('u', info.project.name), '2013-05-01')},好`]);
  await expect(page.locator('tr.unknown')).toContainText('去年怎么样');
  await expect(page.getByRole('button', { name: /^导入全部/ })).toHaveCount(0);
  await expectAccessible(page);
  await page.locator('tr.unknown select').selectOption({ label: '不导入此列' });
  await page.getByRole('button', { name: '检查各行' }).click();
  await expect(page.getByRole('button', { name: '导入全部 1 行' })).toBeVisible();
  await page.getByRole('button', { name: '取消导入' }).click();
  await expect(page).toHaveURL(/\/imports$/);
});

test('a file that is no table says so', async ({ page }) => {
  await signIn(page, 'enterprise', '/imports/new');
  await page.locator('#files').setInputFiles({ name: '总结.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') });
  await page.getByRole('button', { name: '上传并检查' }).click();
  await expect(page.getByRole('alert')).toContainText('这不是表格文件');
  await expectAccessible(page);
});

test('without scripts an import works too', async ({ browser }, info) => {
  const context = await browser.newContext({ javaScriptEnabled: false, locale: 'zh-CN' });
  const page = await context.newPage();
  await signIn(page, 'enterprise');
  await upload(page, 'plain.csv', [head, row(own('p', info.project.name), '2013-05-01')]);
  await page.getByRole('button', { name: '导入全部 1 行' }).click();
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole('heading', { name: '已入库' })).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 15_000 });
  await context.close();
});
