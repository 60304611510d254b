import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Bench } from './bench';

/**
 * Runs a script of this folder in a process of its own and takes the JSON it prints: tfjs registers its WebGPU kernels only where there is an adapter
 * when it is loaded, and the other benches load it without one.
 */
export function apart(script: string): Bench['run'] {
  return async (argv, log) => {
    const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(new URL(script, import.meta.url)), ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
    let json = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { json += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => log(text.trimEnd()));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (code !== 0) throw new Error(`The measurement ended with code ${code}.`);
    return JSON.parse(json) as Record<string, unknown>;
  };
}
