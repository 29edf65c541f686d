import { expect, test } from '@playwright/test';
import { signIn } from './accounts';
import { expectAccessible } from './accessible';

test('the city office gives somebody access', async ({ page }, info) => {
  const login = `guest-${info.project.name}-${Date.now()}`;
  await signIn(page, 'city', '/users');
  await expectAccessible(page);
  await page.getByRole('heading', { name: '新增用户' }).click();
  await page.getByLabel('用户名', { exact: true }).fill(login);
  await page.getByLabel('姓名', { exact: true }).fill('李明');
  await page.getByLabel('初始密码').fill('brass kettle on the shelf');
  await page.getByLabel('所属单位', { exact: true }).fill('210202000');
  await page.getByLabel(/查阅者/).check();
  await expectAccessible(page);
  await page.getByRole('button', { name: '新增' }).click();
  await expect(page.getByRole('status')).toContainText(login);
  const row = page.locator('tr', { hasText: login });
  await row.getByRole('button', { name: '停用' }).click();
  await expect(page.locator('tr', { hasText: login })).toContainText('已停用');
});

test('one’s own account', async ({ page }) => {
  await signIn(page, 'viewer', '/account');
  await expectAccessible(page);
  await page.getByLabel('原密码').fill('wrong');
  await page.getByLabel('新密码').fill('something else');
  await page.getByLabel('再输一次').fill('something different');
  await page.getByRole('button', { name: '修改密码' }).click();
  await expect(page.getByRole('alert')).toContainText('两次输入的密码不同');
});
