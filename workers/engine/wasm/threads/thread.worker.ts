import type { ThreadStart } from './block';
import type { ThreadMessage } from './host';
import { serve } from './loop';

/** A thread of the wasm engine in the browser: its first message starts it, and it listens to no other. */
addEventListener('message', (event: MessageEvent<ThreadStart>) => {
  const ready: ThreadMessage = { type: 'ready' };
  // Thrown outside the promise, so that it reaches the maker's error event.
  serve(event.data, () => postMessage(ready)).catch((error: unknown) => setTimeout(() => { throw error; }));
}, { once: true });
