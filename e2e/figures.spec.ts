import { expect, test } from '@playwright/test';
import { signIn } from './accounts';
import { expectAccessible } from './accessible';

test('from the city down to an enterprise', async ({ page }) => {
  test.slow(); // five large pages are looked over
  await signIn(page, 'city');
  await expect(page).toHaveURL(/\/units\/210200000\/figures/);
  await expect(page.locator('.tile')).toHaveCount(40);
  await expectAccessible(page);
  const heading = page.getByRole('heading', { level: 1 });
  const names: string[] = [];
  for (const below of ['a district', 'an enterprise']) {
    await page.getByRole('navigation', { name: '本单位的页面' }).getByRole('link', { name: '排名' }).click();
    await expectAccessible(page);
    const unit = page.locator('#ranked tbody th a').first();
    names.push((await unit.textContent()) ?? below);
    await unit.click();
    await expect(heading).toContainText(names.at(-1)!);
    await expectAccessible(page);
  }
  await page.getByRole('navigation', { name: '上级单位' }).getByRole('link').last().click();
  await expect(heading).toContainText(names[0]); // and up again
});

test('a figure is traced to its records in two clicks', async ({ page }) => {
  await signIn(page, 'city', '/units/210200000/figures?year=2013');
  await page.locator('.tile').first().click();
  const records = page.locator('#records tbody tr');
  await expect(records.first()).toBeVisible();
  await expectAccessible(page);
  await records.first().getByRole('link').first().click();
  await expect(page).toHaveURL(/\/facts\/\d+/);
  await expectAccessible(page);
});

test('somebody else has no right to see it', async ({ page }) => {
  await signIn(page, 'enterprise');
  const answer = await page.goto('/units/210271000/figures');
  expect(answer?.status()).toBe(404);
  await expectAccessible(page);
});
