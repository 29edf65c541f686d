// What pages weigh and when something is first seen on a slow machine: a processor four times as slow as this one, and a
// line of 50 KB/s with 300 ms to the server. Run by hand, for docs/benchmarks.md:
// WEIGHT=1 scripts/e2e.sh weight --project=phone
import { test, type BrowserContext } from '@playwright/test';
import { signIn } from './accounts';

async function visit(context: BrowserContext, path: string, isFirst: boolean) {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  if (isFirst) await session.send('Network.clearBrowserCache');
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 300,
    downloadThroughput: 50_000,
    uploadThroughput: 50_000,
  });
  let bytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
  await page.goto(path);
  await page.waitForLoadState('networkidle');
  const [paint, loaded] = await page.evaluate(() => [
    performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
    (performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming).loadEventEnd,
  ]);
  await page.close();
  return { kilobytes: Math.round(bytes / 1000), paint: (paint / 1000).toFixed(1), loaded: (loaded / 1000).toFixed(1) };
}

test('what pages weigh', async ({ page, context }) => {
  test.skip(!process.env.WEIGHT, 'run by hand');
  test.setTimeout(300_000);
  await signIn(page, 'city', '/units/210200000/registers/proposal');
  const record = await page.locator('table.listing tbody th a').first().getAttribute('href');
  const pages = {
    'start page': '/',
    dashboard: '/units/210200000/figures',
    indicator: '/units/210200000/figures/1.1',
    ranking: '/units/210200000/ranking',
    registers: '/units/210200000/registers',
    list: '/units/210200000/registers/proposal',
    record: record ?? '/',
    form: '/units/210202000/registers/proposal/new',
    'work list': '/todo',
  };
  console.log('| page | first visit, KB | again, KB | first seen, s | all there, s |\n|---|---|---|---|---|');
  for (const [name, path] of Object.entries(pages)) {
    const first = await visit(context, path, true);
    const again = await visit(context, path, false);
    console.log(`| ${name} | ${first.kilobytes} | ${again.kilobytes} | ${first.paint} | ${first.loaded} |`);
  }
});
