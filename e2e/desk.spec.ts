// The start page of each kind of user, help, pop-ups, and every page looked over by axe.
import { expect, test, type Page } from '@playwright/test';
import { chooseEnglish, signIn } from './accounts';
import { expectAccessible } from './accessible';

async function expectNoOverflow(page: Page) {
  const [inside, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  expect(inside, page.url()).toBeLessThanOrEqual(shown);
}

for (const user of ['city', 'zhongshan', 'enterprise', 'viewer']) {
  test(`the start page of ${user}`, async ({ page, isMobile }) => {
    await signIn(page, user);
    await expect(page.getByRole('heading', { level: 1 })).toContainText('工作台');
    await expect(page.getByRole('heading', { name: '目标进度' })).toBeVisible();
    await expect(page.getByRole('heading', { name: '待我办理' })).toHaveCount(user === 'viewer' ? 0 : 1);
    await expectAccessible(page);
    await expectNoOverflow(page);
    await page.getByRole('link', { name: '第一次使用' }).click();
    await expect(page.getByRole('heading', { name: /使用步骤/ })).toBeVisible();
    await chooseEnglish(page);
    await page.goto('/');
    await expect(page.getByRole('heading', { name: 'Progress of targets' })).toBeVisible();
    await expectNoOverflow(page);
    // Every entry of the menu is in sight at a desk.
    const hidden = await page.locator('.menu').evaluate((menu) => menu.scrollWidth - menu.clientWidth);
    if (!isMobile) expect(hidden).toBeLessThanOrEqual(0);
  });
}

test('what is late below is chased by unit', async ({ page }) => {
  await signIn(page, 'city', '/todo');
  await page.getByRole('link', { name: '下级逾期' }).click();
  const unit = page.locator('.late-units li').first();
  const count = await unit.locator('b').textContent();
  await unit.getByRole('link').click();
  await expect(page.getByRole('link', { name: `已逾期 ${count}` })).toBeVisible();
  await expectAccessible(page);
});

test('pop-ups close with Esc and by a click beside them', async ({ page }) => {
  await signIn(page, 'city', '/units/210200000/registers/proposal');
  const views = page.locator('details.views').filter({ hasText: '我的视图' });
  const bulk = page.locator('details.views').filter({ hasText: '批量办理' });
  await views.locator('summary').click();
  await expect(views).toHaveAttribute('open', '');
  await page.keyboard.press('Escape');
  await expect(views).not.toHaveAttribute('open', '');
  await expect(views.locator('summary')).toBeFocused();
  await views.locator('summary').click();
  await bulk.locator('summary').click();
  await expect(bulk).toHaveAttribute('open', '');
  await expect(views).not.toHaveAttribute('open', ''); // never one over the other
  await page.getByRole('heading', { level: 1 }).click();
  await expect(bulk).not.toHaveAttribute('open', '');
  // What somebody has typed is not lost by a click beside it.
  await views.locator('summary').click();
  await views.getByRole('textbox').fill('本季未实施');
  await page.getByRole('heading', { level: 1 }).click();
  await expect(views).toHaveAttribute('open', '');
});

test('an error leaves the menu, and a dashboard fits a phone', async ({ page, isMobile }) => {
  await signIn(page, 'viewer', '/nowhere');
  await expect(page.getByRole('navigation', { name: '主菜单' })).toBeVisible();
  await page.goto('/units/210200000/figures');
  await expect(page.locator('.tile')).toHaveCount(40);
  if (isMobile) {
    const height = await page.evaluate(() => document.documentElement.scrollHeight / window.innerHeight);
    expect(height).toBeLessThan(6); // screens
  }
});

const pages = [
  '/', '/help', '/todo', '/todo?of=below&due=overdue', '/units', '/units/210200000', '/units/new', '/imports', '/imports/new',
  '/units/210200000/figures?view=table', '/units/210200000/figures/1.1', '/units/210200000/ranking', '/units/210200000/grid',
  '/units/210200000/registers', '/units/210200000/registers/proposal', '/units/210202000/registers/proposal/new',
  '/units/210200000/duplicates', '/units/210200000/differences?year=2014',
  '/units/210202000/changes/move', '/persons', '/accounts', '/activation-codes', '/tasks',
  '/access-log', '/definition', '/audit-trail', '/unmask-log', '/account', '/account/hand-over', '/about', '/nowhere',
];

// Light in Chinese at the desk and dark in English on the phone: every page has been in both languages, widths, schemes.
test('every page, looked over', async ({ page, isMobile }) => {
  test.setTimeout(240_000);
  await page.emulateMedia({ colorScheme: isMobile ? 'dark' : 'light' });
  await signIn(page, 'city');
  if (isMobile) await chooseEnglish(page);
  for (const path of pages) {
    await test.step(path, async () => {
      await page.goto(path);
      await expectAccessible(page);
      await expectNoOverflow(page);
    });
  }
});
