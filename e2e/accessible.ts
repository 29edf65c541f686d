// A page is usable by keyboard and by screen reader: axe finds nothing.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, type Page } from '@playwright/test';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function expectAccessible(page: Page) {
  await page.evaluate(axe); // not a script tag: the page's security policy stays as it is
  const faults = await page.evaluate(async () => {
    const { violations } = await (window as any).axe.run({ resultTypes: ['violations'] });
    return violations.map((rule: any) => `${rule.help}: ${rule.nodes.map((node: any) => node.target).join(', ')}`);
  });
  expect(faults).toEqual([]);
}
