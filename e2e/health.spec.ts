import { expect, test } from '@playwright/test';

test('the server says that it is well', async ({ page }) => {
  const answer = await page.goto('/healthz');
  expect(answer?.status()).toBe(200);
  await expect(page.locator('body')).toHaveText('ok');
});
