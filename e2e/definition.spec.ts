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

/** Hands a version in and waits until it is known what it does. */
async function handIn(page: Page, zip: Buffer) {
  await page.goto('/definition');
  await page.locator('input[type=file]').setInputFiles({ name: 'campaign.zip', mimeType: 'application/zip', buffer: zip });
  await page.locator('.upload .btn-primary').click();
  await expect(page.locator('#seen')).toBeVisible({ timeout: 60_000 });
  await expect(page.locator('#version table').last()).toContainText('5.3');
  await expectAccessible(page);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, 'the page is wider than the screen').toBeLessThanOrEqual(0);
}

async function putInForce(page: Page, zip: Buffer) {
  await handIn(page, zip);
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
  if (info.project.name === 'phone') {
    // There is one definition: on the phone a version is looked at and withdrawn.
    await chooseEnglish(page);
    await handIn(page, version('to_date(studios) * 3'));
    await page.locator('form[action$=withdraw] button').click();
    await expect(page.locator('.s-no-value')).toBeVisible();
    return;
  }
  await putInForce(page, version('to_date(studios) * 2'));
  await putInForce(page, version('to_date(studios)'));
});
