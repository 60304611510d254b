// npm test: every check in order, each part even when an earlier one failed. The last line is `N passed, N failed`.
import { existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureBrowser } from './lib/browser.mjs';
import { build } from './lib/build.mjs';
import { playwrightCounts, vitestCounts } from './lib/counts.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { cache, root } from './lib/paths.mjs';
import { run } from './lib/process.mjs';

const modules = join(root, 'node_modules');
const bin = {
  tsc: join(modules, 'typescript/bin/tsc'),
  oxlint: join(modules, 'oxlint/bin/oxlint'),
  vitest: join(modules, 'vitest/vitest.mjs'),
  playwright: join(modules, '@playwright/test/cli.js'),
};

let passed = 0;
let failed = 0;

/** @param {string} title */
const heading = (title) => console.log(`\n== ${title}`);

/**
 * @param {string} name
 * @param {boolean} ok
 */
function check(name, ok) {
  if (ok) passed++;
  else failed++;
  console.log(`${ok ? 'ok' : 'FAILED'}: ${name}`);
}

/** @param {import('./lib/counts.mjs').Counts} counts */
function add(counts) {
  passed += counts.passed;
  failed += counts.failed;
}

async function types() {
  heading('types');
  const realms = ['tsconfig.json', 'tsconfig.worker.json', 'tsconfig.node.json'];
  const results = await Promise.all(
    realms.map((realm) => run(process.execPath, [bin.tsc, '-p', realm], { stdout: 'pipe' })),
  );
  results.forEach(({ code, output }, i) => {
    if (output) console.log(output.trimEnd());
    check(`types of ${realms[i]}`, code === 0);
  });
}

async function rules() {
  heading('lint');
  check('oxlint', (await run(process.execPath, [bin.oxlint, '--deny-warnings'])).code === 0);
  heading('dependency rules');
  check('dependency rules', (await run(process.execPath, ['scripts/check-deps.mjs'])).code === 0);
}

/** @param {Record<string, string>} env */
async function unit(env) {
  heading('unit tests');
  const file = join(cache, 'vitest.json');
  rmSync(file, { force: true });
  const { code } = await run(process.execPath, [bin.vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`], { env });
  add(vitestCounts(file, code));
}

/**
 * The browser comes first: kernel tests in Node take its software Vulkan driver, browser tests all of it.
 *
 * @returns {Promise<Record<string, string>>} what tells the tests where it is
 */
async function findParts() {
  try {
    const browser = await ensureBrowser();
    const driver = join(dirname(realpathSync(browser)), 'vk_swiftshader_icd.json');
    return { RETORT_CHROMIUM: browser, ...(existsSync(driver) ? { VK_ICD_FILENAMES: driver } : {}) };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    check('a browser to test in', false);
    return {};
  }
}

/** @param {Record<string, string>} env */
async function studio(env) {
  heading('build');
  const built = await build({ force: true });
  check('vite build', built);
  if (built) check('size of the first load', (await run(process.execPath, ['scripts/check-size.mjs'])).code === 0);
  heading('browser tests');
  if (!built) {
    check('browser tests (the studio does not build)', false);
    return;
  }
  const file = join(cache, 'playwright.json');
  rmSync(file, { force: true });
  const { code } = await run(process.execPath, [bin.playwright, 'test', '--reporter=list,json'], {
    env: { ...env, PLAYWRIGHT_JSON_OUTPUT_NAME: file },
  });
  add(playwrightCounts(file, code));
}

mkdirSync(cache, { recursive: true });
try {
  await ensureInstalled();
  const env = await findParts();
  await types();
  await rules();
  await unit(env);
  await studio(env);
} catch (error) {
  console.error(error);
  failed++;
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
