// What can be taken along from a page: on paper, as a workbook, as a picture.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { signIn } from './accounts';
import { expectAccessible } from './accessible';

// The text of a page on paper, page by page, as a reader of the PDF finds it.
async function onPaper(page: Page, path: string) {
  await page.pdf({ path, preferCSSPageSize: true });
  return execFileSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' });
}

test('the table of the dashboard and the ranking on A4, nothing cut', async ({ page }, info) => {
  test.slow();
  await signIn(page, 'city', '/units/210200000/figures?year=2013&view=table');
  const table = await onPaper(page, info.outputPath('table.pdf'));
  const cells = page.locator('table.figures').last().locator('tbody tr').last().locator('th, td');
  const name = (await cells.first().innerText()).split('\n')[0].trim();
  for (const text of ['大连市总工会 2013 指标总览', '单位：大连市总工会（210200000）', '数据截至 2013年12月', '制表：', '定义版本',
    '未逐条登记', '分母', name.split(' ').at(-1)!.slice(0, 6)]) {
    expect(table, text).toContain(text);
  }
  await page.goto('/units/210200000/ranking?year=2013&by=1.2');
  const ranking = await onPaper(page, info.outputPath('ranking.pdf'));
  const heads = page.locator('table.matrix thead tr').last().locator('th');
  const last = (await heads.last().locator('b').innerText()).trim();
  const unit = (await page.locator('table.matrix tbody tr').last().locator('th').innerText()).trim();
  expect(ranking).toContain(`${last}`);
  // The table comes in parts, each with all its units.
  const parts = Math.ceil((await heads.count() - 1) / 14);
  expect(ranking.split(unit).length - 1).toBeGreaterThanOrEqual(parts);
  const value = (await page.locator('table.matrix tbody tr').last().locator('td').last().innerText()).trim();
  expect(ranking).toContain(value);
  await expect(page.locator('.print-part')).toHaveCount(0); // the screen is as it was
});

test('a chart goes along as svg and png, its table as a workbook', async ({ page }, info) => {
  await signIn(page, 'city', '/units/210200000/ranking?year=2013&by=1.2');
  const menu = page.locator('.downloads').first();
  const taken = async (name: string | RegExp) => {
    if (await menu.getAttribute('open') === null) await menu.locator('summary').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      menu.locator('a, button').filter({ hasText: name }).click(),
    ]);
    const path = info.outputPath(download.suggestedFilename());
    await download.saveAs(path);
    return { name: download.suggestedFilename(), bytes: readFileSync(path) };
  };
  await menu.locator('summary').click();
  await expectAccessible(page);
  const workbook = await taken('xlsx');
  expect(workbook.bytes.subarray(0, 2).toString()).toBe('PK');
  const svg = await taken('svg');
  expect(svg.name).toContain('1.2 合理化建议总数');
  expect(svg.bytes.toString()).toContain('中山区总工会');
  const png = await taken('png');
  expect([...png.bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  // Twice the size of the drawing: its width is in the first block of the file.
  expect(png.bytes.readUInt32BE(16)).toBe(2 * 760);
  expect(png.bytes.length).toBeGreaterThan(20_000);
});

test('files without a script', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await signIn(page, 'city', '/units/210200000/ranking?year=2013&by=1.2');
  await expect(page.locator('.chart:visible').first()).toBeVisible();
  await page.locator('.downloads summary').first().click();
  const files = page.locator('.downloads').first();
  await expect(files.getByRole('link')).toHaveCount(2);
  await expect(files.getByRole('button')).toHaveCount(0);
  await context.close();
});
