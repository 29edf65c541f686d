// A form that is sent after its session has ended comes back after signing in, with everything typed.
import { expect, test, type Page } from '@playwright/test';
import { password, signIn } from './accounts';

const form = '/units/210202000002/registers/proposal/new';

async function fill(page: Page, title: string) {
  await page.getByLabel('建议名称').fill(title);
  await page.getByLabel('提出日期').fill('2012-05-01');
  await page.getByLabel('措施').fill('在夹具上加装定位销');
}

const save = (page: Page) => page.getByRole('button', { name: '保存' }).click();
const title = (page: Page) => page.getByLabel('建议名称');

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled });

    test('a session that has ended costs nothing that was typed', async ({ page, context }) => {
      await signIn(page, 'enterprise', form);
      await fill(page, '登录过期也不丢失的建议');
      await context.clearCookies();
      await save(page);
      await expect(page.locator('.login-form [role=alert]')).toContainText('登录已过期');
      await page.locator('#user').fill('enterprise');
      await page.locator('#password').fill(password);
      await page.locator('.login-form button').click();
      await expect(page.locator('.returned')).toContainText('您已重新登录');
      await expect(title(page)).toHaveValue('登录过期也不丢失的建议');
    });

    test('signing in in another window is enough', async ({ page, context }) => {
      await signIn(page, 'enterprise', form);
      await fill(page, '另一个窗口登录');
      await context.clearCookies();
      const other = await context.newPage();
      await signIn(other, 'enterprise');
      await save(page);
      await expect(page.locator('.returned')).toContainText('这个页面是在上一次登录时打开的');
      await expect(title(page)).toHaveValue('另一个窗口登录');
    });
  });
}
