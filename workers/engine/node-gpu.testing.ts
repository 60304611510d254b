import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Engine } from './types';

/** Where Debian and Playwright put a chromium; its software Vulkan driver lies beside the binary. */
const BROWSERS = ['/usr/lib/chromium/chromium', '/usr/bin/chromium', '/usr/lib/chromium-browser/chromium-browser', '/opt/google/chrome/chrome'];
const DRIVER = 'vk_swiftshader_icd.json';

/** The driver file beside an installed chromium, or the one VK_ICD_FILENAMES already names. */
function findDriver(): string {
  const own = process.env.VK_ICD_FILENAMES;
  if (own) return own;
  const beside = BROWSERS.filter(existsSync).map((browser) => path.join(path.dirname(realpathSync(browser)), DRIVER));
  const found = beside.find(existsSync);
  if (found) return found;
  throw new Error(
    `No software Vulkan driver: ${DRIVER} is not beside any of ${BROWSERS.join(', ')}. Install chromium, or set VK_ICD_FILENAMES to the driver.`,
  );
}

/**
 * Gives Node a `navigator.gpu` on SwiftShader and opens the webgpu engine there. The device is closed with the engine; call
 * `release` last, or Node does not exit.
 */
export async function openNodeWebGpu(): Promise<{ engine: Engine; release: () => void }> {
  process.env.VK_ICD_FILENAMES = findDriver();
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create(['backend=vulkan']);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, hardwareConcurrency: 1 }, configurable: true });
  // After navigator.gpu exists: tfjs registers its WebGPU kernels only where it sees one.
  const { openEngine } = await import('./open');
  const engine = await openEngine({ engine: 'webgpu', wasmUrls: {} });
  return {
    engine,
    release: () => {
      engine.close();
      Reflect.deleteProperty(globalThis, 'navigator');
    },
  };
}
