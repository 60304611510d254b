import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Bench } from './bench';

const MEASURE = fileURLToPath(new URL('./kernels-measure.ts', import.meta.url));

/**
 * Runs `kernels-measure.ts` in a process of its own: tfjs registers its WebGPU kernels only where there is an adapter when it is loaded, and the
 * other benches load it without one.
 */
async function run(argv: string[], log: (line: string) => void): Promise<Record<string, unknown>> {
  const child = spawn(process.execPath, [...process.execArgv, MEASURE, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  let json = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { json += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => log(text.trimEnd()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`The measurement ended with code ${code}.`);
  return JSON.parse(json) as Record<string, unknown>;
}

export const kernels: Bench = {
  name: 'kernels', summary: 'GFLOP/s of every product of the nets on WebGPU: the chosen tile against the best of an exhaustive search', run,
};
