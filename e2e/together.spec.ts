// One step of many records: ticked in the list, looked at, confirmed.
import { expect, test, type Page } from '@playwright/test';
import { chooseEnglish, signIn } from './accounts';
import { expectAccessible } from './accessible';

const register = '/units/210202000002/registers/proposal';

async function enter(page: Page, title: string) {
  await page.goto(`${register}/new`);
  for (const [field, text] of Object.entries({ title, proposer: '张三', proposed_on: '2012-05-01', measure: '加装挡板' })) {
    await page.locator(`[name="field.${field}"]`).fill(text);
  }
  await page.locator('.record-form form .btn-primary').click();
  await expect(page.locator('.stage')).toBeVisible();
}

async function expectNoOverflow(page: Page) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${page.url()} is wider than the screen`).toBeLessThanOrEqual(0);
}

for (const language of ['zh', 'en']) {
  test(`two of three records take a step together (${language})`, async ({ page }, info) => {
    test.slow();
    const once = `${info.project.name}${language}${Date.now()}`;
    await signIn(page, 'enterprise');
    if (language === 'en') await chooseEnglish(page);
    for (const name of ['甲', '乙', '丙']) await enter(page, `${once}${name}`);

    await page.goto(`${register}?q=${once}`);
    const ticks = page.locator('.listing input[type=checkbox]');
    await expect(ticks).toHaveCount(3);
    await ticks.nth(0).check();
    await ticks.nth(1).check();
    await page.locator('details:has(#together) > summary').click();
    await expectAccessible(page);
    await expectNoOverflow(page);
    await page.locator('#together button[formaction$="/transitions/accept"]').click();
    await page.locator('[name="field.reviewed_by"]').fill('技术科');
    await page.locator('button[value=look]').click();
    await expect(page.locator('.details')).toContainText('技术科');
    await expectAccessible(page);
    await expectNoOverflow(page);
    await page.locator('button[value=edit]').click();
    await expect(page.locator('[name="field.reviewed_by"]')).toHaveValue('技术科');
    await page.locator('button[value=look]').click();
    await page.locator('button[value=take]').click();
    await expect(page.getByRole('status').first()).toContainText('2');

    // The third is left; of all that the list shows only it can go on.
    await page.locator('details:has(#together) > summary').click();
    await page.locator('#together button[formaction$="/transitions/accept"]').click();
    await expect(page.getByRole('status').first()).toContainText('3');
    await expect(page.getByRole('status').first()).toContainText('2');
    await expectNoOverflow(page);
    await page.goBack();
    await expect(page.locator('.listing input[type=checkbox]').first()).toBeVisible();
  });
}
