// Two machines people use: an office PC and a phone. The server is started by
// scripts/e2e.sh, which says where it is (JIANGONG_URL) and where the browser
// is (CHROMIUM); nothing is downloaded.
import { defineConfig } from '@playwright/test';

const url = process.env.JIANGONG_URL;
const chromium = process.env.CHROMIUM;
if (!url || !chromium) throw new Error('run scripts/e2e.sh, which starts the server and finds the browser');

export default defineConfig({
  testDir: '.',
  outputDir: 'results',
  fullyParallel: false,
  workers: 2,
  retries: 0,
  forbidOnly: !!process.env.CI,
  reporter: process.env.CI ? 'line' : 'list',
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    baseURL: url,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    // A colour on its way from one to another is neither, and may be hard to read.
    contextOptions: { reducedMotion: 'reduce' },
    screenshot: 'only-on-failure',
    // Recording slows every walk down: TRACE=1 asks for it when one is looked into.
    trace: process.env.TRACE ? 'retain-on-failure' : 'off',
    launchOptions: {
      executablePath: chromium,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'desktop', use: { viewport: { width: 1366, height: 768 } } },
    { name: 'phone', use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 3 } },
  ],
});
