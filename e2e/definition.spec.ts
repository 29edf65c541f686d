// A definition is changed: a version is handed in, what it does is looked at, somebody agrees; then back again.
import { expect, test, type Page } from '@playwright/test';
import { chooseEnglish, signIn } from './accounts';
import { expectAccessible } from './accessible';
import { zipOf } from './zip';

const directory = '../campaigns/dalian-2011-23';

/** The campaign as it is, but for the formula of one indicator. */
function version(formula: string) {
  return zipOf(directory, (path, text) =>
    path === 'indicators/5.3.toml' ? text.replace('numerator = "to_date(studios)"', `numerator = "${formula}"`) : text);
}

async function putInForce(page: Page, zip: Buffer) {
  await page.goto('/definition');
  await page.locator('input[type=file]').setInputFiles({ name: 'campaign.zip', mimeType: 'application/zip', buffer: zip });
  await page.locator('.upload .btn-primary').click();
  await expect(page.locator('#seen')).toBeVisible({ timeout: 60_000 });
  await expect(page.locator('#version table').last()).toContainText('5.3');
  await expectAccessible(page);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, 'the page is wider than the screen').toBeLessThanOrEqual(0);
  // Nobody agrees without having said that the changes were seen.
  await page.locator('form[action$=agree] button').click();
  await expect(page.locator('#seen')).not.toBeChecked();
  await page.locator('#seen').check();
  await page.locator('form[action$=agree] button').click();
  await expect(page.locator('.s-met')).toBeVisible({ timeout: 60_000 });
}

test('a definition is changed with consent', async ({ page }, info) => {
  test.setTimeout(240_000);
  await signIn(page, 'city');
  await putInForce(page, version('to_date(studios) + to_date(studios)'));
  await page.goto('/units/210200000000/figures/5.3');
  await expect(page.locator('main')).toContainText('5.3');
  await chooseEnglish(page);
  await putInForce(page, version('to_date(studios)'));
});
