import { existsSync } from 'node:fs';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Flags for a browser that runs as any user and reaches for nothing by itself. */
export const CHROMIUM_FLAGS = ['--no-sandbox', '--disable-background-networking'];

/** Where a Chromium is installed, or why none can be used. */
export function chromiumOrReason():
  | { chromium: string; reason?: undefined }
  | { chromium?: undefined; reason: string } {
  const wanted = process.env.CHROME_PATH;
  const places = wanted ? [wanted] : CANDIDATES;
  const chromium = places.find((path) => existsSync(path));
  if (chromium) return { chromium };
  return { reason: `expected a Chromium at ${places.join(' or ')}, found none. Install one or set CHROME_PATH` };
}
