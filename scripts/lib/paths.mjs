import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository, wherever the script was started from. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Where `vite build` leaves the studio. */
export const dist = join(root, 'dist');

/** Scratch space of the scripts; ignored by git. */
export const cache = join(root, '.cache');
