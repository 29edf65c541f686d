import { expect, test } from '@playwright/test';
import { chooseEnglish, password, signIn } from './accounts';
import { expectAccessible } from './accessible';

test('signing in and out', async ({ page }) => {
  await page.goto('/imports');
  await expect(page).toHaveURL(/\/login\?next=/); // who is sent to sign in comes back afterwards
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('登录');
  await expectAccessible(page);
  await page.getByLabel('用户名').fill('city');
  await page.getByLabel('密码').fill(password);
  await page.getByRole('button', { name: '登录' }).click();
  await expect(page).toHaveURL(/\/imports$/);
  await page.getByRole('button', { name: '退出' }).click();
  await page.goto('/imports');
  await expect(page).toHaveURL(/\/login/);
});

test('in English', async ({ page }) => {
  await page.goto('/login');
  await chooseEnglish(page);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in');
  await signIn(page, 'viewer');
  await expect(page.getByRole('navigation', { name: 'Main menu' })).toContainText('Dashboard');
});

test('a wrong password is told, and what was typed stays', async ({ page }) => {
  const nobody = `nobody-${Date.now()}`; // failures of one name slow the next try down
  await page.goto('/login');
  await page.getByLabel('用户名').fill(nobody);
  await page.getByLabel('密码').fill('wrong');
  await page.getByRole('button', { name: '登录' }).click();
  await expect(page.getByRole('alert')).toContainText('用户名或密码不对');
  await expect(page.getByLabel('用户名')).toHaveValue(nobody);
  await expectAccessible(page);
});
