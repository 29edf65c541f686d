// A form that is sent after its session has ended comes back after signing in, with everything typed.
import { expect, test } from '@playwright/test';
import { password, signIn } from './accounts';

const form = '/units/210202000002/registers/proposal/new';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled });

    test('a session that has ended costs nothing that was typed', async ({ page, context }) => {
      await signIn(page, 'enterprise', form);
      await page.locator('[name="field.title"]').fill('登录过期也不丢失的建议');
      await context.clearCookies();
      await page.locator('form[action$="/registers/proposal"] button.btn-primary').click();
      await expect(page.locator('.login-form [role=alert]')).toContainText('登录已过期');
      await page.locator('#user').fill('enterprise');
      await page.locator('#password').fill(password);
      await page.locator('.login-form button').click();
      await expect(page.locator('.returned')).toContainText('您已重新登录');
      await expect(page.locator('[name="field.title"]')).toHaveValue('登录过期也不丢失的建议');
    });

    test('signing in in another window is enough', async ({ page, context }) => {
      await signIn(page, 'enterprise', form);
      await page.locator('[name="field.title"]').fill('另一个窗口登录');
      await context.clearCookies();
      const other = await context.newPage();
      await signIn(other, 'enterprise');
      await page.locator('form[action$="/registers/proposal"] button.btn-primary').click();
      await expect(page.locator('.returned')).toContainText('这个页面是在上一次登录时打开的');
      await expect(page.locator('[name="field.title"]')).toHaveValue('另一个窗口登录');
      await page.goBack();
      await page.goForward();
      await expect(page.locator('[name="field.title"]')).toHaveValue('另一个窗口登录');
    });
  });
}
