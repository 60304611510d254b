import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './process.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * A Chromium that can run the studio: RETORT_CHROMIUM, then the system's, then the one Playwright keeps.
 *
 * @returns {Promise<string | null>} path of the executable
 */
export async function findBrowser() {
  const chosen = process.env.RETORT_CHROMIUM;
  if (chosen) {
    if (existsSync(chosen)) return chosen;
    throw new Error(`RETORT_CHROMIUM names ${chosen}, which does not exist. Correct it or unset it.`);
  }
  const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter).filter(Boolean)];
  const onPath = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = [...onPath, ...PLACES].find((path) => existsSync(path));
  if (found) return found;
  const { chromium } = await import('playwright-core');
  const own = chromium.executablePath();
  return existsSync(own) ? own : null;
}

function isDebian() {
  return existsSync('/etc/os-release') && /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/**
 * Like `findBrowser`, but installs one when there is none: Debian's package for root, else Playwright's download.
 *
 * @returns {Promise<string>}
 * @throws {Error} with a sentence when no browser can be had
 */
export async function ensureBrowser() {
  const found = await findBrowser();
  if (found) return found;
  console.error('No Chromium found; installing one ...');
  if (process.getuid?.() === 0 && isDebian()) {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update'], { stdout: 'stderr', env });
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { stdout: 'stderr', env });
    const installed = await findBrowser();
    if (installed) return installed;
  }
  await run('npx', ['playwright', 'install', 'chromium'], { stdout: 'stderr' });
  const own = await findBrowser();
  if (own) return own;
  throw new Error('No Chromium could be installed. Install Chromium or Chrome and set RETORT_CHROMIUM to its path.');
}

/**
 * Flags every headless run needs: the full browser without a window (the old headless shell has no WebGPU), no chatter of
 * its own on the network. The sandbox cannot start for root.
 *
 * @param {{ softwareGpu: boolean }} options
 * @returns {string[]}
 */
export function browserFlags(options) {
  return [
    '--headless=new',
    '--enable-unsafe-webgpu',
    ...(options.softwareGpu ? ['--use-webgpu-adapter=swiftshader'] : []),
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ];
}
