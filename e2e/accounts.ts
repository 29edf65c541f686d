// Signing in as the people of the demonstration city (`jiangong demo --small`).
import { expect, type Page } from '@playwright/test';

export const password = 'demo-kettle-Lushun';

export async function signIn(page: Page, user: string, next = '/') {
  await page.goto(`/login?next=${encodeURIComponent(next)}`);
  await page.locator('#user').fill(user);
  await page.locator('#password').fill(password);
  await page.locator('.login-form button').click();
  await expect(page.locator('.login-form')).toHaveCount(0);
}

export async function chooseEnglish(page: Page) {
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
}
