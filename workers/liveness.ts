/**
 * Tells the page under which Web Lock this worker lives. The browser frees the lock when the worker ends for whatever reason
 * (a crash, out of memory, `close()`), none of which fires an event on the page's side, so a page that queues for the lock
 * learns of the death at once.
 */
export function announceLife(): void {
  const lock = `retort-worker-${crypto.randomUUID()}`;
  void navigator.locks.request(lock, () => {
    // Only now: had the page queued first, it would have got the lock and believed the worker dead.
    self.postMessage({ alive: lock });
    return new Promise<never>(() => {});
  });
}
