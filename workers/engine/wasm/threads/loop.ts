import { Station, WORD, type RangeExports, type ThreadStart } from './block';

/** How often a thread looks at the ticket before it sleeps: about as long as JavaScript takes from one kernel to the next, since waking up takes longer. */
const LOOKS = 4000;

/**
 * The life of a thread: links our module to the shared memory, says that it is ready, and runs chunks until it is terminated. Never returns unless a
 * kernel traps.
 */
export async function serve({ memory, module, block, worker }: ThreadStart, ready: () => void): Promise<void> {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const station = new Station(memory, block, exports as unknown as RangeExports, worker);
  const { words } = station;
  ready();
  try {
    for (;;) {
      while (station.work());
      const ticket = Atomics.load(words, WORD.ticket);
      if (!changes(words, ticket)) sleep(words, ticket);
    }
  } catch (error) {
    Atomics.store(words, WORD.failed, worker);
    Atomics.notify(words, WORD.done);
    throw error;
  }
}

function changes(words: Int32Array, ticket: number): boolean {
  for (let look = 0; look < LOOKS; look++) if (Atomics.load(words, WORD.ticket) !== ticket) return true;
  return false;
}

function sleep(words: Int32Array, ticket: number): void {
  if ((ticket & 0xff) !== 0) return;
  Atomics.add(words, WORD.asleep, 1);
  Atomics.wait(words, WORD.ticket, ticket);
  Atomics.sub(words, WORD.asleep, 1);
}
