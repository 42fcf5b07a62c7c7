import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { barFigure, lineFigure, stackedAreaFigure } from '../../src/report/figures.ts';
import { renderReport } from '../../src/report/html.ts';
import { trainingSections } from '../../src/report/training-report.ts';
import type { Report } from '../../src/report/types.ts';
import { CHROMIUM_FLAGS, chromiumOrReason } from '../browser.ts';
import { testUnless } from '../optional.ts';

const { chromium: executablePath, reason } = chromiumOrReason();
const testWithBrowser = testUnless(reason);

function sampleReport(): Report {
  const days = Array.from({ length: 700 }, (_, i) => new Date(Date.UTC(2020, 0, 1 + i)).toISOString().slice(0, 10));
  const weeks = days.filter((_, i) => i % 7 === 0);
  const wave = (k: number) => days.map((_, i) => Math.exp(i / 900 + Math.sin(i / (20 + k)) / 5));
  const names = ['Learned policy', 'Equal weight', 'Minimum variance, with a long name', 'All in the largest'];
  const curves = names.map((name, k) => ({ name, values: wave(k), emphasis: k === 0 }));
  const assets = Array.from({ length: 21 }, (_, k) => ({ name: `ASSET${k}`, values: weeks.map(() => 1 / 21) }));
  const steps = Array.from({ length: 50 }, (_, i) => 2048 * (i + 1));
  const values = { steps, returnMean: steps.map(Math.sqrt), entropy: steps.map((step) => 1 / step) };
  return {
    title: 'Aportfoliowithaverylongnamethatcannotbebrokenanywhere, in the browser',
    subtitle: 'A subtitle',
    facts: Array.from({ length: 9 }, (_, i) => [`Fact ${i}`, `value ${i}, with words`] as const),
    sections: [
      {
        title: 'Performance',
        text: 'Words.\n\nMore words.',
        figures: [
          lineFigure({
            title: 'Wealth of four strategies after cost, WITH A TITLE AS LONG AS IT SHOULD NEVER BE',
            xLabel: 'date',
            yLabel: 'wealth',
            x: days,
            xType: 'time',
            logY: true,
            series: curves,
          }),
          barFigure({
            title: 'Bars',
            xLabel: 'year',
            yLabel: '%',
            categories: ['2020', '2021'],
            series: curves.slice(0, 2),
          }),
          stackedAreaFigure({ title: 'Weights', xLabel: 'week', yLabel: 'share', x: weeks, series: assets }),
        ],
        table: { columns: ['Name', ...names], rows: [['Sharpe ratio', 1.2, 0.8, 0.5, 0.1]] },
      },
      ...trainingSections({ columns: Object.keys(values), values }),
    ],
  };
}

describe('a report in a browser', () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'report-'));
    writeFileSync(join(folder, 'report.html'), renderReport(sampleReport()));
    if (executablePath) browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  async function opened(width: number, colorScheme: 'light' | 'dark'): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const complaints: string[] = [];
    const address = pathToFileURL(join(folder, 'report.html')).href;
    page.on('console', (message) => complaints.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (request.url() !== address && !request.url().startsWith('data:')) complaints.push(`request: ${request.url()}`);
    });
    await page.goto(address);
    return { page, complaints };
  }

  for (const width of [1280, 390]) {
    testWithBrowser(
      `${width} pixels wide: quiet, all figures drawn, nothing overflows`,
      async () => {
        const { page, complaints } = await opened(width, 'light');
        expect(complaints).toEqual([]);
        expect(await page.title()).toContain('in the browser');
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        const cards = await page.locator('figure').all();
        expect(cards).toHaveLength(5);
        for (const card of cards) {
          const box = await card.boundingBox();
          expect(box?.width).toBeGreaterThan(300);
          expect(box?.height).toBeGreaterThan(180);
          expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
        }
        await page.close();
      },
      60_000,
    );
  }

  testWithBrowser(
    'no word of a figure lies on another or leaves the figure',
    async () => {
      const { page } = await opened(1280, 'light');
      const clashes = await page.evaluate(`[...document.querySelectorAll('figure svg')].flatMap((svg) => {
        const frame = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
        const outside = texts.filter(([, box]) =>
          box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 2 || box.bottom > frame.bottom + 1);
        const overlaps = texts.flatMap(([word, a], i) => texts.slice(i + 1).filter(([, b]) =>
          a.left < b.right && b.left < a.right && a.top < b.bottom - 4 && b.top < a.bottom - 4
        ).map(([other]) => word + ' on ' + other));
        return [...outside.map(([word]) => word + ' outside'), ...overlaps];
      })`);
      expect(clashes).toEqual([]);
      await page.close();
    },
    60_000,
  );

  testWithBrowser(
    'in the dark the page is dark and the figures keep a light ground',
    async () => {
      const { page, complaints } = await opened(1280, 'dark');
      const brightness = (selector: string): Promise<number> =>
        page.evaluate(`(() => {
          const color = getComputedStyle(document.querySelector('${selector}')).backgroundColor;
          return Math.min(...color.match(/[0-9]+/g).slice(0, 3).map(Number));
        })()`);
      expect(await brightness('body')).toBeLessThan(60);
      expect(await brightness('figure')).toBeGreaterThan(200);
      expect(complaints).toEqual([]);
      await page.close();
    },
    60_000,
  );
});
