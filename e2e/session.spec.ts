import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Session } from '../cli/session';
import { ensureBrowser } from '../scripts/lib/browser.mjs';
import type { AutomationLine, AutomationRequest } from '../src/client/automation';
import { expect, test } from './support/test';

// The command line's browser session against a page that answers as the studio's automation does, in milliseconds. What the
// real page does is tested elsewhere; here it is the way in, the way out, and what stays between two runs.

const PAGE = '<!doctype html><input type="file" id="automation-folder" webkitdirectory hidden><input type="file" id="automation-files" multiple hidden><script src="./page.js"></script>';

/** Runs inside the page. The name of the request says how to answer. */
const SCRIPT = `
window.retort = { async condense({ name }) {
  if (name === 'fail') return { failure: { code: 'empty', sentence: 'There is no image here.', params: { n: 0 }, detail: '' } };
  const paths = [...document.querySelectorAll('input')].flatMap((input) => [...input.files]).map((file) => file.webkitRelativePath || file.name);
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle('visits', { create: true });
  const visits = Number(await (await handle.getFile()).text()) + 1;
  const writer = await handle.createWritable();
  await writer.write(String(visits));
  await writer.close();
  window.retortProgress({ text: paths.sort().join(' '), update: false });
  const bytes = new TextEncoder().encode('zip of ' + name);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const sha256 = name === 'torn' ? 'other' : Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes]));
  link.download = 'x.zip';
  link.click();
  return { summary: { visits, isolated: crossOriginIsolated, secure: isSecureContext, gpu: 'gpu' in navigator, bytes: bytes.length, sha256 } };
} };`;

const request = (name: string): AutomationRequest =>
  ({ name, recipe: { schema: 1, method: 'd2c', preset: 'quick', seed: 0, engine: 'auto', options: {} } });

test('a session hands files in, leaves a whole zip, and finds its storage again', async ({ scratch }) => {
  const site = join(scratch, 'site');
  const images = join(scratch, 'images');
  await mkdir(join(images, 'a'), { recursive: true });
  await mkdir(site);
  await writeFile(join(images, 'a', '1.png'), 'x');
  await writeFile(join(scratch, 'b.zip'), 'y');
  await writeFile(join(site, 'index.html'), PAGE);
  await writeFile(join(site, 'page.js'), SCRIPT);
  const browser = await ensureBrowser();
  const lines: AutomationLine[] = [];
  const open = () => Session.open(browser, join(scratch, 'profile'), 'wasm', (line) => lines.push(line), site);

  const first = await open();
  const out = join(scratch, 'new', 'out.zip');
  try {
    const summary = await first.condense({ kind: 'folder', path: images }, request('one'), out);
    expect(summary).toMatchObject({ visits: 1, isolated: true, secure: true, gpu: true });
    expect(lines).toEqual([{ text: 'images/a/1.png', update: false }]);
    expect(createHash('sha256').update(await readFile(out)).digest('hex')).toBe(summary.sha256);
  } finally {
    await first.close();
  }

  // Another port, the same origin: what the first run stored is still there.
  const second = await open();
  try {
    expect(await second.condense({ kind: 'files', paths: [join(scratch, 'b.zip')] }, request('two'), out)).toMatchObject({ visits: 2 });
    expect(lines.at(-1)?.text).toBe('b.zip');
    await expect(second.condense({ kind: 'files', paths: [join(scratch, 'b.zip')] }, request('fail'), out))
      .rejects.toMatchObject({ code: 'empty', sentence: 'There is no image here.', params: { n: 0 } });
    const torn = join(scratch, 'torn.zip');
    await expect(second.condense({ kind: 'files', paths: [join(scratch, 'b.zip')] }, request('torn'), torn)).rejects.toMatchObject({ code: 'torn-download' });
    expect([existsSync(torn), existsSync(`${torn}.part`)]).toEqual([false, false]);
  } finally {
    await second.close();
  }
});
