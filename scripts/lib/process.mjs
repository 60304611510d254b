import { spawn } from 'node:child_process';
import { root } from './paths.mjs';

/**
 * Runs a program without stdin and waits for it.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ stdout?: 'inherit' | 'stderr' | 'pipe', env?: Record<string, string> }} [options] `stderr` sends the
 *   program's output to our stderr, so that our own stdout stays machine-readable.
 * @returns {Promise<{ code: number, output: string }>} exit code (127 when the program is missing) and, when piped, what it printed
 */
export function run(program, args, options = {}) {
  const { stdout = 'inherit', env = {} } = options;
  const out = stdout === 'stderr' ? 2 : stdout;
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', out, stdout === 'pipe' ? 'pipe' : 'inherit'],
    env: { ...process.env, ...env },
    // npm and npx are .cmd files on Windows, which spawn only through a shell.
    shell: process.platform === 'win32',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((done) => {
    child.on('error', (error) => done({ code: 127, output: error.message }));
    child.on('close', (code) => done({ code: code ?? 1, output }));
  });
}
