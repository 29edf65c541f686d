// Records from their entry to their last state, in both languages and on both
// screens: every step as the page offers it.
import { expect, test, type Page } from '@playwright/test';
import { chooseEnglish, signIn } from './accounts';
import { expectAccessible } from './accessible';

type Fields = Record<string, string>;
type Entry = { register: string; enter: Fields };
type Walk = Entry & { first?: Entry; begun: [string, string]; steps: [string, Fields][]; end: [string, string] };

// Words stand first in Chinese, then in English.
const walks: Walk[] = [
  {
    register: 'proposal',
    enter: { title: '加装挡板减少飞溅', proposer: '张三', proposed_on: '2012-05-01', measure: '在喷嘴外加装挡板', co_proposers: '李四 40%' },
    begun: ['已提交', 'Submitted'],
    steps: [
      ['accept', { reviewed_by: '技术科' }],
      ['review', {}],
      ['adopt', { decided_on: '2012-05-20' }],
      ['assign', { impl_department: '一车间' }],
      ['implement', { implemented_on: '2012-07-01' }],
      ['confirm', { benefit_type: 'economic', benefit: '1.2万' }],
      ['award', { grade: '4' }],
      ['reward', { bonus: '300' }],
    ],
    end: ['已奖励', 'Rewarded'],
  },
  {
    register: 'project',
    enter: { name: '夹具快换', kind: 'innovation' },
    begun: ['申报', 'Applied'],
    steps: [
      ['approve', { approved_by: '公司工会', approved_on: '2012-01-05', problem: '换型时间长', goal: '缩短一半' }],
      ['start', { started_on: '2012-02-01' }],
      ['finish', { finished_on: '2012-08-01' }],
      ['accept', { accepted_on: '2012-09-01' }],
      ['register', { effect: '换型时间缩短六成' }],
    ],
    end: ['成果登记', 'Results registered'],
  },
  {
    register: 'contest-entry',
    // An entry names a contest that is registered.
    first: { register: 'contest', enter: { name: '2012年焊工技能大赛', level: 'enterprise', held_on: '2012-06-10' } },
    enter: { contest: '2012年焊工技能大赛', held_on: '2012-06-10', name: '' },
    begun: ['已登记', 'Entered'],
    steps: [['score', { total: '88.5', rank: '2' }], ['award', { award: '二等奖' }]],
    end: ['已表彰', 'Awarded'],
  },
  {
    register: 'mentor-pair',
    enter: { master: '王师傅', apprentice: '', signed_on: '2012-03-01', goal: '一年内达到中级工', months: '12' },
    begun: ['生效', 'In force'],
    steps: [['assess', { assessment: 'pass' }], ['expire', {}], ['graduate', { graduation: 'excellent' }]],
    end: ['出师', 'Graduated'],
  },
];

// What somebody else must do than who entered the record or took the step before: the union above does it.
const secondPerson = new Set(['proposal adopt', 'proposal award', 'project accept']);

const input = (page: Page, field: string) => page.locator(`[name="field.${field}"]`);

async function fill(page: Page, fields: Fields) {
  for (const [field, value] of Object.entries(fields)) {
    const place = input(page, field);
    if (await place.evaluate((element) => element.tagName === 'SELECT')) await place.selectOption(value);
    else if (await place.isVisible()) await place.fill(value);
    else await fillShares(page, field, value);
  }
}

// A line of persons with shares stands as rows where there are scripts.
async function fillShares(page: Page, field: string, line: string) {
  const [name, share] = line.replace('%', '').split(' ');
  const rows = page.locator('.field', { has: input(page, field) });
  await rows.locator('> button').click();
  await rows.locator('.share input').nth(0).fill(name);
  await rows.locator('.share input').nth(1).fill(share);
  await expect(input(page, field)).toHaveValue(line);
}

async function expectNoOverflow(page: Page) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${page.url()} is wider than the screen`).toBeLessThanOrEqual(0);
}

for (const [position, language] of ['zh', 'en'].entries()) {
  for (const walk of walks) {
    test(`${walk.register} goes its way (${language})`, async ({ page }, info) => {
      test.slow(); // up to twenty pages
      await signIn(page, 'enterprise');
      if (language === 'en') await chooseEnglish(page);
      if (walk.first) {
        await page.goto(`/units/210202000002/registers/${walk.first.register}/new`);
        await fill(page, walk.first.enter);
        await page.locator('.record-form form .btn-primary').click();
        await expect(page.locator('.record-title')).toHaveText(walk.first.enter.name);
      }
      await page.goto(`/units/210202000002/registers/${walk.register}/new`);
      // Whatever is empty tells one run's record from another's.
      const once = `${info.project.name}${language}${Date.now()}`;
      const entered = Object.entries(walk.enter).map(([field, value]) => [field, value || once]);
      await fill(page, Object.fromEntries(entered));
      await expectNoOverflow(page);
      await page.locator('.record-form form .btn-primary').click();
      await expect(page.locator('.stage')).toHaveText(walk.begun[position]);
      const record = page.url().replace(/\?.*/, '');
      let user = 'enterprise';
      for (const [step, fields] of walk.steps) {
        const needed = secondPerson.has(`${walk.register} ${step}`) ? 'zhongshan' : 'enterprise';
        if (needed !== user) {
          if (user === 'enterprise') await expect(page.locator(`.next-steps a[href$="/transitions/${step}"]`)).toHaveCount(0);
          await page.context().clearCookies();
          await signIn(page, needed, new URL(record).pathname);
          if (language === 'en' && (await page.locator('html').getAttribute('lang')) !== 'en') await chooseEnglish(page);
          await page.goto(record);
          user = needed;
        }
        await page.locator(`.next-steps a[href$="/transitions/${step}"]`).click();
        await fill(page, fields);
        await page.locator('.record-form form .btn-primary').click();
        await expect(page.getByRole('status').first()).toBeVisible();
        expect(page.url().startsWith(record)).toBe(true);
      }
      await expect(page.locator('.stage')).toHaveText(walk.end[position]);
      await expect(page.locator('.next-steps a')).toHaveCount(0);
      await expectAccessible(page);
      await expectNoOverflow(page);
      // Taken once more, a step changes nothing and says where the record stands.
      const [last] = walk.steps[walk.steps.length - 1];
      await page.goto(`${record}/transitions/${last}`);
      await expect(page.locator('.alert, .stage').first()).toContainText(walk.end[position]);
    });
  }
}
