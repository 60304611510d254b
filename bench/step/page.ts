import { wrap, type Remote } from 'comlink';
import type { Room } from './contestant.worker';

declare global {
  interface Window {
    room: Remote<Room>;
  }
}

// In a worker, as in the studio: a page may not wait for threads.
window.room = wrap<Room>(new Worker(new URL('./contestant.worker.ts', import.meta.url), { type: 'module' }));
