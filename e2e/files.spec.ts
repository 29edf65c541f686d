import { expect, test, type Page } from '@playwright/test';
import { deflateSync, crc32 } from 'node:zlib';
import { signIn } from './accounts';
import { expectAccessible } from './accessible';

const NEW = '/units/210202000002/registers/proposal/new';

async function expectNoOverflow(page: Page) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${page.url()} is wider than the screen`).toBeLessThanOrEqual(0);
}

// A picture of one colour that no other test has.
function png(shade: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(body.length + 8);
    frame.writeUInt32BE(data.length, 0);
    body.copy(frame, 4);
    frame.writeUInt32BE(crc32(body), body.length + 4);
    return frame;
  };
  const size = 64;
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head[8] = 8;
  head[9] = 2;
  const row = Buffer.concat([Buffer.from([0]), ...Array.from({ length: size }, () => Buffer.from([shade, 120, 60]))]);
  const rows = Buffer.concat(Array.from({ length: size }, () => row));
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const chunks = [chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, ...chunks]);
}

async function fill(page: Page, number: string) {
  await page.getByLabel('编号').first().fill(number);
  await page.getByLabel('建议名称').fill(`加装防护罩${number}`);
  await page.getByLabel('提出日期').fill('2012-05-03');
  await page.getByLabel('措施').fill('在联轴器上加装防护罩');
}

test('a draft is kept by itself, a picture is attached, and the record is printed', async ({ page }, info) => {
  test.slow();
  const number = `f${info.project.name === 'phone' ? 1 : 2}${Date.now()}`;
  await signIn(page, 'enterprise', NEW);

  // Typed, kept, left, and found again.
  await fill(page, number);
  await page.locator('.later > summary').click();
  await page.getByLabel('审查结论').selectOption({ label: '采纳' });
  await page.getByLabel('审查日期').fill('2012-05-20');
  await page.locator('#field-invest').fill('35000');
  await expect(page.locator('#field-invest-other')).toHaveText('合 3.5 万元');
  await expect(page.locator('[data-kept]')).toContainText('草稿已存于', { timeout: 10_000 });
  await expectAccessible(page);
  await expectNoOverflow(page);
  await page.goto('/units/210202000002/registers');
  await expectAccessible(page);
  await expectNoOverflow(page);
  await page.goto(NEW);
  await page.locator('.drafts-here > summary').click();
  await expectAccessible(page);
  await expectNoOverflow(page);
  await page.locator('.drafts-here li', { hasText: number }).getByRole('link').click();
  await expect(page.getByLabel('建议名称')).toHaveValue(`加装防护罩${number}`);
  await expect(page.locator('#field-invest')).toHaveValue('35000');
  await page.getByRole('button', { name: '保存' }).click();
  await expect(page.getByRole('status').first()).toContainText('已登记');
  const record = page.url().replace(/\?.*/, '');

  // A picture goes at once; a renamed file is told.
  const files = page.locator('#attachments input[type=file]');
  await files.setInputFiles({ name: '现场照片.png', mimeType: 'image/png', buffer: png(info.project.name === 'phone' ? 10 : 200) });
  await expect(page.locator('#attachments')).toContainText('附件已上传');
  await expect(page.locator('.held img')).toBeVisible();
  await files.setInputFiles({ name: '程序.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('MZ\u0000\u0000 not a picture') });
  await expect(page.locator('#attachments [role=alert]')).toContainText('程序.jpg');
  await expectAccessible(page);
  await expectNoOverflow(page);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: '现场照片.png' }).click();
  expect((await download).suggestedFilename()).toBe('现场照片.png');

  await page.goto(record);
  await page.getByRole('link', { name: '打印' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('合理化建议登记表');
  await expect(page.locator('.sheet')).toContainText('加装防护罩');
  await expect(page.getByRole('button', { name: '打印' })).toBeVisible();
  await expectNoOverflow(page);

  await page.goto(record);
  await page.locator('.held-remove summary').click();
  await page.getByLabel('删除的原因').fill('照片传错了');
  await page.locator('.held-remove').getByRole('button', { name: '确认删除' }).click();
  await expect(page.locator('#attachments')).toContainText('附件已删除');
  await expect(page.locator('#history')).toContainText('原因：照片传错了');
});

test('files and drafts without scripts', async ({ browser }, info) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await signIn(page, 'enterprise', NEW);
  const number = `g${info.project.name}${Date.now()}`;
  await fill(page, number);
  await page.getByRole('button', { name: '存为草稿' }).click();
  await expect(page.getByRole('status').first()).toContainText('这是您的草稿');
  await expect(page.getByLabel('建议名称')).toHaveValue(`加装防护罩${number}`);
  await page.getByRole('button', { name: '保存' }).click();
  const note = { name: '说明.txt', mimeType: 'text/plain', buffer: Buffer.from(`节能 ${info.project.name}`) };
  await page.locator('#attachments input[type=file]').setInputFiles(note);
  await page.getByRole('button', { name: '上传' }).click();
  await expect(page.locator('#attachments')).toContainText('附件已上传');
  await expect(page.getByRole('link', { name: '说明.txt' })).toBeVisible();
  await context.close();
});
