import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { packagePath } from '../../src/core/package-path.ts';
import { Random } from '../../src/core/random.ts';
import { Box, Discrete } from '../../src/core/spaces/index.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { exportPolicy } from '../../src/export/index.ts';
import { Policy, policyDefaults } from '../../src/policy/policy.ts';
import { CHROMIUM_FLAGS, chromiumOrReason } from '../browser.ts';
import { testUnless } from '../optional.ts';
import { cases, difference, type Material, materialOf, policyOf } from './policies.ts';

const { chromium: executablePath, reason } = chromiumOrReason();
const testWithBrowser = testUnless(reason);

/** Pushes to the side of the sign of a weighted sum of the state: +1 keeps the pole upright, -1 throws it over. */
function poleBalancer(sign: number): Policy {
  const policy = new Policy(createCpuEngine(), {
    config: { ...policyDefaults, hidden: [] },
    observationSpace: new Box(-Infinity, Infinity, [4]),
    actionSpace: new Discrete(2),
    maxRows: 1,
    random: new Random(0),
  });
  const tensors = policy.model.getTensors();
  const weights = [0.1, 0.2, 1, 0.5].flatMap((weight) => [-sign * weight, sign * weight]);
  tensors['actor.0.weight'].data.set(weights);
  policy.model.setTensors(tensors);
  return policy;
}

describe('an exported policy on a page', () => {
  const served = new Map<string, string | Uint8Array>();
  let server: Server;
  let browser: Browser;
  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  beforeAll(async () => {
    served.set('/', readFileSync(packagePath('docs', 'browser-policy.html')));
    served.set('/empty', '<title>Empty</title>');
    const library = packagePath('node_modules', '@tensorflow', 'tfjs', 'dist', 'tf.min.js');
    served.set('/tf.js', readFileSync(library));
    server = createServer(({ url = '' }, response) => {
      const content = served.get(url);
      response.writeHead(content === undefined ? 404 : 200);
      response.end(content);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    if (executablePath) browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server.close();
  });

  function serve(folder: string, policy: Policy): void {
    const { files } = exportPolicy(policy, { format: 'tfjs', name: 'test' });
    for (const [name, content] of Object.entries(files)) served.set(`/${folder}/${name}`, content);
  }

  /** A page whose library comes from here, and what it complained about. */
  async function opened(path: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width: 640, height: 300 } });
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => complaints.push(request.url()));
    await page.route('https://cdn.jsdelivr.net/npm/@tensorflow/tfjs@*/dist/tf.min.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: Buffer.from(served.get('/tf.js')!) }),
    );
    await page.goto(address() + path);
    return { page, complaints };
  }

  /** Steps since the last fall and falls, as the page says, once `condition` of them holds. */
  async function counted(page: Page, condition: string): Promise<number[]> {
    await page.waitForFunction(`(() => {
      const [steps, falls] = (words.textContent.match(/\\d+/g) ?? [0, 0]).map(Number);
      return ${condition};
    })()`);
    return ((await page.textContent('#words')) ?? '').match(/\d+/g)!.map(Number);
  }

  testWithBrowser(
    'balances a pole where it can, and lets it fall where it cannot',
    async () => {
      serve('policy', poleBalancer(1));
      const { page, complaints } = await opened('/');
      const [steps, falls] = await counted(page, 'steps >= 150');
      expect(steps).toBeGreaterThanOrEqual(150);
      expect(falls).toBe(0);
      // Cart and pole are drawn: black in the middle of the lower half, none at the top corner.
      const drawn = (x: number, y: number) =>
        page.evaluate<number>(`canvas.getContext('2d').getImageData(${x}, ${y}, 1, 1).data[3]`);
      expect(await drawn(300, 170)).toBe(255);
      expect(await drawn(5, 5)).toBe(0);
      expect(complaints).toEqual([]);
      await page.close();

      serve('policy', poleBalancer(-1));
      const wrong = await opened('/');
      const [upright] = await counted(wrong.page, 'falls >= 2');
      expect(upright).toBeLessThan(40);
      await wrong.page.close();
    },
    60_000,
  );

  testWithBrowser(
    'answers as the policy does, whichever it is',
    async () => {
      const materials = new Map<string, Material>();
      for (const each of cases) {
        const policy = policyOf(each);
        serve(each.name, policy);
        materials.set(each.name, materialOf(policy, each.masked));
      }
      const { page, complaints } = await opened('/empty');
      await page.addScriptTag({ url: `${address()}/tf.js` });
      await page.evaluate("tf.setBackend('cpu')");
      for (const [name, { steps, answers }] of materials) {
        const found = await page.evaluate<number[][][]>(`(async () => {
          const policy = await tf.loadGraphModel('${address()}/${name}/model.json');
          return ${JSON.stringify(steps)}.map(({ rows, ...inputs }) => {
            for (const key in inputs) inputs[key] = tf.tensor2d(inputs[key]);
            return policy.predict(inputs).action.arraySync();
          });
        })()`);
        answers.forEach(({ action }, i) => {
          expect(difference(found[i], action)).toBeLessThan(1e-5);
        });
      }
      expect(complaints).toEqual([]);
      await page.close();
    },
    120_000,
  );
});
