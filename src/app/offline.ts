/**
 * Registers the service worker once the page has nothing more urgent to load. Without one (an old browser, a private window) the studio
 * works all the same, only not without a network.
 */
export function keepForOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const register = () => {
    navigator.serviceWorker.register('./offline.js', { type: 'module' }).catch(() => undefined);
  };
  if (document.readyState === 'complete') register();
  else window.addEventListener('load', register, { once: true });
}
