import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Profile {
  folder: string;
  /** False for a throw-away profile, taken because another run holds the kept one. */
  kept: boolean;
  release(): void;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * The browser profile in which finished stages stay between runs. Chromium lets one process at a time have it, so a second
 * run gets a fresh one that is removed afterwards. A lock left by a dead process is broken.
 */
export function openProfile(folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'retort')): Profile {
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, 'run.lock');
  let taken = take(lock);
  if (!taken) {
    const holder = Number(readFileSync(lock, 'utf8'));
    if (!Number.isInteger(holder) || holder <= 0 || !isAlive(holder)) {
      rmSync(lock, { force: true });
      taken = take(lock);
    }
  }
  if (taken) return { folder: join(folder, 'profile'), kept: true, release: () => rmSync(lock, { force: true }) };
  const temporary = mkdtempSync(join(tmpdir(), 'retort-profile-'));
  return { folder: temporary, kept: false, release: () => rmSync(temporary, { recursive: true, force: true, maxRetries: 3 }) };
}
