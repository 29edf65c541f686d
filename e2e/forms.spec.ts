// The form of a record at the desk: what it asks for first, what depends on other fields, keys, rows from a
// spreadsheet, and several drafts.
import { expect, test, type Page } from '@playwright/test';
import { signIn } from './accounts';
import { expectAccessible } from './accessible';

const unit = '/units/210202000002';
const NEW = `${unit}/registers/proposal/new`;

async function expectNoOverflow(page: Page) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${page.url()} is wider than the screen`).toBeLessThanOrEqual(0);
}

// How often Tab is pressed until something with this selector has the focus; with `skip`, by that link.
async function tabsTo(page: Page, selector: string, skip?: string) {
  for (let presses = 1; presses <= 40; presses += 1) {
    await page.keyboard.press('Tab');
    if (skip && (await page.evaluate((address) => document.activeElement?.getAttribute('href') === address, skip))) {
      await page.keyboard.press('Enter');
      skip = undefined;
    } else if (await page.evaluate((there) => document.activeElement?.matches(there), selector)) return presses;
  }
  return Infinity;
}

async function paste(page: Page, field: string, text: string) {
  await page.locator(`[name="${field}"]`).evaluate((element, data) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', data);
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

test('a proposal is handed in by keyboard, and the next one is like it', async ({ page }, info) => {
  const title = `改进夹具${info.project.name}${Date.now()}`;
  await signIn(page, 'enterprise', NEW);
  await expect(page.locator('.later')).not.toHaveAttribute('open');
  await expect(page.locator('#field-unit')).toContainText('210202000002');
  // The bar with the buttons is in sight, and what is in focus is not under it.
  const save = page.locator('.save-bar .btn-primary');
  await expect(save).toBeInViewport();
  await expect(save).toHaveAttribute('aria-keyshortcuts', 'Control+S Control+Enter');
  const presses = await tabsTo(page, '.save-bar .btn-primary', '#content');
  expect(presses, 'Tab from the top to the button').toBeLessThan(36);
  for (const field of ['title', 'proposed_on', 'measure']) {
    await page.locator(`#field-${field}`).focus();
    const [bar, box] = [await page.locator('.save-bar').boundingBox(), await page.locator(`#field-${field}`).boundingBox()];
    expect(box!.y + Math.min(box!.height, 40), field).toBeLessThanOrEqual(bar!.y + 1);
  }
  await expectAccessible(page);
  await expectNoOverflow(page);

  await page.locator('#field-title').fill(title);
  await page.locator('#field-tag_tech').getByLabel('是').check();
  await page.locator('#field-proposed_on').fill('2012-05-03');
  await page.locator('#field-measure').fill('在夹具上加装定位销');
  await page.keyboard.press('Control+s');
  await expect(page.getByRole('status').first()).toContainText('已登记');
  await expectAccessible(page);

  await page.getByRole('status').first().getByRole('link', { name: '再登记一条类似的' }).click();
  await expect(page.locator('#field-title')).toHaveValue(title);
  await expect(page.locator('#field-tag_tech').getByLabel('是')).toBeChecked();
  await expect(page.locator('#field-number')).toHaveValue('');
  await page.locator('#field-title').fill(`${title}之二`);
  await page.locator('#field-measure').focus();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('status').first()).toContainText('已登记');
});

test('fields come and go with what they depend on, and nothing typed is hidden', async ({ page }) => {
  await signIn(page, 'enterprise', NEW);
  const field = (name: string) => page.locator(`#field-${name}`);
  await page.locator('.later > summary').click();
  await expectAccessible(page);
  await expectNoOverflow(page);
  await expect(field('decision')).toBeVisible();
  for (const name of ['decided_on', 'duplicate_of', 'impl_department', 'benefit']) await expect(field(name)).toBeHidden();
  await field('decision').selectOption('duplicate');
  await expect(field('duplicate_of')).toBeVisible();
  await expect(page.locator('.field', { has: field('decided_on') }).locator('.must')).toBeVisible();
  await field('duplicate_of').fill('X-1');
  await field('decision').selectOption('adopted');
  await expect(field('impl_department')).toBeVisible();
  await expect(field('duplicate_of'), 'it holds something').toBeVisible();
  await field('duplicate_of').fill('');
  await expect(field('duplicate_of')).toBeHidden();
  // What is missing in the folded part is shown by unfolding it.
  await page.locator('.later > summary').click();
  await field('title').fill('加装挡板');
  await field('proposed_on').fill('2012-05-03');
  await field('measure').fill('加装挡板');
  await page.locator('.save-bar .btn-primary').click();
  await expect(page.locator('.later')).toHaveAttribute('open');
  await expect(field('decided_on')).toBeFocused();
});

test('rows of a spreadsheet are put into a table', async ({ page }) => {
  await signIn(page, 'enterprise', `${unit}/registers/model-worker-team/new`);
  const table = page.locator('[data-name="field.members"]');
  const columns = table.locator('.row-of').first().locator('[data-column]');
  const heads = await columns.evaluateAll((cells) => cells.map((cell) => (cell as HTMLElement).dataset.column));
  const name = (row: number) => table.locator('.row-of').nth(row).locator('input, select').first();
  // A single cell is the browser's own business.
  await paste(page, 'field.members.0.name', '张三\r\n');
  await expect(table.locator('.rows-notice')).toBeEmpty();
  await paste(page, 'field.members.0.name', `${heads.slice(0, 2).join('\t')}\r\n张三\t焊接\r\n"李 ""四"""\t"车\n工"\r\n`);
  await expect(table.locator('.row-of')).toHaveCount(2);
  await expect(name(0)).toHaveValue('张三');
  await expect(name(1)).toHaveValue('李 "四"');
  await expect(table.locator('.row-of').nth(1).locator('input, select').nth(1)).toHaveValue('车 工');
  await expect(table.locator('.rows-notice')).toContainText('已贴入 2 行');
  await expectAccessible(page);
  await expectNoOverflow(page);
  await table.getByRole('button', { name: '复制这一行' }).first().click();
  await expect(name(1)).toHaveValue('张三');
  await table.getByRole('button', { name: '撤销粘贴' }).click();
  await expect(table.locator('.row-of')).toHaveCount(1);
  await expect(name(0)).toHaveValue('');
  const most = Number(await table.getAttribute('data-most'));
  await paste(page, 'field.members.0.name', Array.from({ length: most + 3 }, (_, row) => `人${row}\t钳工`).join('\n'));
  await expect(table.locator('.row-of')).toHaveCount(most);
  await expect(table.locator('.rows-notice')).toContainText('还有 3 行没有贴入');
});

test('two windows have a draft each', async ({ page, context }, info) => {
  const titles = [1, 2].map((number) => `第${number}份${info.project.name}${Date.now()}`);
  await signIn(page, 'enterprise', NEW);
  const other = await context.newPage();
  await other.goto(NEW);
  for (const [position, window] of [page, other].entries()) {
    await window.locator('#field-title').fill(titles[position]);
    await expect(window.locator('[data-kept]')).toContainText('草稿已存于', { timeout: 10_000 });
    expect(window.url()).toContain('?draft=');
  }
  await page.reload();
  await expect(page.locator('#field-title')).toHaveValue(titles[0]);
  for (const list of [`${unit}/registers`, `${unit}/registers/proposal`]) {
    await page.goto(list);
    for (const title of titles) await expect(page.locator('.drafts li', { hasText: title })).toBeVisible();
    await expectAccessible(page);
    await expectNoOverflow(page);
  }
  // One is deleted where it is listed, without leaving the page.
  for (const title of titles) {
    await page.locator('.drafts li', { hasText: title }).getByRole('button').click();
    await expect(page.locator('.drafts li', { hasText: title })).toHaveCount(0);
  }
  await page.reload();
  for (const title of titles) await expect(page.getByText(title)).toHaveCount(0);
});

test('lists are reached in a few steps by keyboard', async ({ page }) => {
  await signIn(page, 'city');
  for (const address of [
    `${unit}/registers/proposal`,
    '/units/210200000/registers',
    '/units/210200000/ranking',
    '/accounts',
    '/todo',
    '/units/210200000',
  ]) {
    await page.goto(address);
    const presses = await tabsTo(page, '#list a, #list input, #list button, #list summary', '#list');
    expect(presses, `${address}: Tab to the first row`).toBeLessThan(10);
  }
});
