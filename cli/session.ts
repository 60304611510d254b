import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { browserFlags } from '../scripts/lib/browser.mjs';
import { serve } from '../scripts/serve.mjs';
import type { AutomationLine, AutomationOutcome, AutomationRequest, AutomationSummary } from '../src/client/automation';
import { RetortError } from '../workers/failure';
import type { Failure, Recipe } from '../workers/protocol';
import type { Source } from './source';

/** The origin the studio has on the command line: the same in every run, since storage belongs to an origin. */
const HOST = 'retort.localhost';
const READY_MS = 60_000;

/** Whether this machine has a GPU that Chromium could use; only Linux says so in the file system, elsewhere there is one. */
function hasGpu(): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return readdirSync('/dev').some((name) => name === 'nvidia0') || readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
  } catch {
    return false;
  }
}

/** A failure that came from the page, with its code. */
function raise(failure: Failure): never {
  throw new RetortError(failure.code, failure.sentence, failure.params);
}

/** The studio in a browser without a window, on a profile of its own. */
export class Session {
  private constructor(
    private readonly context: BrowserContext,
    private readonly page: Page,
    private readonly closeServer: () => Promise<void>,
    /** Rejects when the page or the browser goes away. */
    private readonly gone: Promise<never>,
  ) {}

  /** @param site the built studio, where it is not in its usual place */
  static async open(
    executablePath: string, profile: string, engine: Recipe['engine'], onLine: (line: AutomationLine) => void, site?: string,
  ): Promise<Session> {
    const { port, close } = await serve({ folder: site });
    try {
      const gpu = hasGpu();
      const context = await chromium.launchPersistentContext(profile, {
        executablePath,
        // Playwright's own headless mode is the old shell; --headless=new is among the flags.
        headless: false,
        handleSIGINT: false,
        handleSIGTERM: false,
        acceptDownloads: true,
        args: [
          ...browserFlags({ softwareGpu: engine === 'webgpu' && !gpu }),
          ...(process.platform === 'linux' && gpu ? ['--use-angle=vulkan', '--enable-features=Vulkan', '--disable-vulkan-surface'] : []),
          `--host-resolver-rules=MAP ${HOST}:80 127.0.0.1:${port}`,
        ],
      });
      const page = context.pages()[0] ?? (await context.newPage());
      const gone = new Promise<never>((_, reject) => {
        const lost = () => reject(new RetortError('browser-gone', 'The browser ended before the run did, perhaps for want of memory. Start again; finished stages are kept.'));
        page.on('crash', lost);
        context.on('close', lost);
      });
      gone.catch(() => undefined);
      page.on('pageerror', (error) => onLine({ text: `page: ${error.message}`, update: false }));
      await page.exposeFunction('retortProgress', onLine);
      await page.goto(`http://${HOST}/#/automation`);
      await page.waitForFunction(() => window.retort !== undefined, null, { timeout: READY_MS });
      return new Session(context, page, close, gone);
    } catch (error) {
      await close();
      throw error;
    }
  }

  /** Runs a request, with the feature net in the file `net` where one is named, and leaves the zip at `out`, complete or not at all. */
  async condense(source: Source, request: AutomationRequest, out: string, net?: string): Promise<AutomationSummary> {
    if (source.kind === 'folder') await this.page.setInputFiles('#automation-folder', source.path, { timeout: 0 });
    else await this.page.setInputFiles('#automation-files', source.paths, { timeout: 0 });
    if (net !== undefined) await this.page.setInputFiles('#automation-net', net, { timeout: 0 });
    const download = this.page.waitForEvent('download', { timeout: 0 });
    download.catch(() => undefined);
    const outcome = await Promise.race([this.gone, this.page.evaluate(async (wanted): Promise<AutomationOutcome> => {
      if (window.retort === undefined) throw new Error('The page was reloaded.');
      return window.retort.condense(wanted);
    }, request)]);
    if ('failure' in outcome) return raise(outcome.failure);
    mkdirSync(dirname(out), { recursive: true });
    const part = `${out}.part`;
    try {
      await (await Promise.race([this.gone, download])).saveAs(part);
      const hash = createHash('sha256');
      await pipeline(createReadStream(part), hash);
      if (hash.digest('hex') !== outcome.summary.sha256) {
        throw new RetortError('torn-download', 'The zip on disk is not the one that was written. Check the free space of the disk and start again.');
      }
      renameSync(part, out);
    } finally {
      rmSync(part, { force: true });
    }
    return outcome.summary;
  }

  async close(): Promise<void> {
    await this.context.close().catch(() => undefined);
    await this.closeServer();
  }
}
