// Two campaigns over the same registers, a record that refers to another one, and the figures of a past day.
import { expect, test, type Page } from '@playwright/test';
import { chooseEnglish, signIn } from './accounts';
import { expectAccessible } from './accessible';

const unit = '/units/210202000002';
const first = 'dalian-2011-23';
const second = 'wuchuang-wubi-2011';

async function expectNoOverflow(page: Page) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${page.url()} is wider than the screen`).toBeLessThanOrEqual(0);
}

async function lookOver(page: Page) {
  await expectAccessible(page);
  await expectNoOverflow(page);
}

// The value of an indicator of a campaign, as programs read it.
async function value(page: Page, campaign: string, indicator: string): Promise<number> {
  const answer = await page.request.get(`/api/v1${unit}/figures?campaign=${campaign}&year=2012`);
  expect(answer.ok()).toBe(true);
  const figures = await answer.json();
  return figures.indicators.find((figure: { id: string }) => figure.id === indicator).value ?? 0;
}

const save = (page: Page) => page.getByRole('button', { name: /^(保存|Save)$/ });

for (const language of ['zh', 'en']) {
  test(`one proposal that is implemented counts in both campaigns (${language})`, async ({ page }, info) => {
    test.slow(); // eight pages are looked over
    const other = language === 'en' ? 'Five Creates, Five Compares' : '五创五比';
    await signIn(page, 'enterprise');
    if (language === 'en') await chooseEnglish(page);
    const before = [await value(page, first, '1.6'), await value(page, second, '2.1')];

    await page.goto(`${unit}/registers/proposal/new`);
    await page.locator('[name="field.number"]').fill(`c${info.project.name}${language}${Date.now()}`);
    await page.locator('[name="field.title"]').fill('余热回收');
    await page.locator('[name="field.proposed_on"]').fill('2012-03-01');
    await page.locator('[name="field.measure"]').fill('回收冷却水余热');
    await page.locator('[name="field.tag_energy"][value="1"]').check();
    await page.locator('.later > summary').click();
    await page.locator('[name="field.decision"]').selectOption('adopted');
    await page.locator('[name="field.decided_on"]').fill('2012-04-01');
    await page.locator('[name="field.implemented_on"]').fill('2012-06-01');
    await save(page).click();
    await expect(page.getByRole('status')).toBeVisible();

    // Both have risen by it, each over its own years.
    expect(await value(page, first, '1.6')).toBeGreaterThan(before[0]);
    expect(await value(page, second, '2.1')).toBeGreaterThan(before[1]);

    // The head says which campaign a page is about, and leads to the other one.
    await page.goto(`${unit}/figures?year=2012&view=table`);
    await lookOver(page);
    const figures = page.locator('.figures tbody tr');
    const ofFirst = await figures.allTextContents();
    const here = page.locator('.campaigns > summary');
    await expect(here).toContainText(language === 'en' ? 'Achieve Merit' : '建功立业竞赛');
    await here.click();
    await page.locator('.campaigns').getByRole('link', { name: other }).click();
    await expect(here).toContainText(other);
    await lookOver(page);

    // The choice holds where an address does not name one.
    await page.goto(`${unit}/figures?year=2012&view=table`);
    await expect(here).toContainText(other);
    expect(await figures.allTextContents()).not.toEqual(ofFirst);
    await lookOver(page);
    await page.goto(`${unit}/figures?year=2012&view=table&campaign=${first}`);
    expect(await figures.count()).toBe(ofFirst.length);
  });

  test(`a contest is picked for an entry, and knows who refers to it (${language})`, async ({ page }, info) => {
    test.slow();
    const name = `焊工大赛${info.project.name}${language}${Date.now()}`;
    await signIn(page, 'enterprise');
    if (language === 'en') await chooseEnglish(page);
    await page.goto(`${unit}/registers/contest/new`);
    await page.locator('[name="field.name"]').fill(name);
    await page.locator('[name="field.level"]').selectOption('enterprise');
    await page.locator('[name="field.held_on"]').fill('2012-05-06');
    await save(page).click();
    await expect(page.getByRole('status')).toBeVisible();
    const contest = page.url().replace(/\?.*/, '');

    await page.goto(`${unit}/registers/contest-entry/new`);
    await lookOver(page);
    const field = page.locator('[name="field.contest"]');
    // What nobody has registered is refused beside the field.
    await field.fill(`${name}没有`);
    await page.locator('[name="field.held_on"]').fill('2012-05-06');
    await page.locator('[name="field.name"]').fill('张三');
    await save(page).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await lookOver(page);
    // What is typed is offered in full, and that is taken.
    await field.fill('');
    await field.pressSequentially(name.slice(0, -2));
    const offered = page.locator(`#field-contest-options option[value="${name}"]`);
    await expect(offered).toBeAttached();
    await field.fill(name);
    await save(page).click();
    await expect(page.getByRole('status')).toBeVisible();
    await lookOver(page);
    await page.getByRole('link', { name, exact: true }).click();
    await expect(page).toHaveURL(contest);
    await expect(page.getByText(language === 'en' ? 'Referred to by' : '引用本记录的')).toBeVisible();
    await lookOver(page);
  });

  test(`the figures of a past day say so and are others (${language})`, async ({ page }) => {
    test.slow();
    await signIn(page, 'enterprise');
    if (language === 'en') await chooseEnglish(page);
    await page.goto(`${unit}/figures?year=2014&view=table`);
    const figures = page.locator('.figures tbody tr');
    const today = await figures.allTextContents();
    await page.goto(`${unit}/figures?year=2014&view=table&as_of=2014-03-31`);
    await expect(page.locator('#as-of')).toHaveValue('2014-03-31');
    expect(await figures.allTextContents()).not.toEqual(today);
    await lookOver(page);
    // Links keep the day.
    await figures.getByRole('link').first().click();
    await expect(page).toHaveURL(/as_of=2014-03-31/);
    await lookOver(page);
  });
}
