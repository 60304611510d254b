import { useSyncExternalStore } from 'react';

const query = window.matchMedia('(prefers-color-scheme: dark)');

function subscribe(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  query.addEventListener('change', listener);
  return () => {
    observer.disconnect();
    query.removeEventListener('change', listener);
  };
}

/** The colour scheme in force. Canvases redraw when it changes, because they cannot inherit colours. */
export function useScheme(): string {
  return useSyncExternalStore(subscribe, () => document.documentElement.dataset.theme ?? (query.matches ? 'dark' : 'light'));
}
