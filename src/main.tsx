import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';
import { App } from './app/app';
import { StudioProvider } from './app/context';
import { keepForOffline } from './app/offline';
import { applyTheme, storedTheme } from './app/preferences';
import { createShellStore, routeOf } from './app/shell-store';
import { createStudio } from './app/studio';
import { createClient } from './client/client';
import { preferredLanguage, loadLanguage } from './i18n';
import { TileStore } from './ui/tile-store';

async function main(): Promise<void> {
  const client = createClient();
  // The command line drives the same workers through the same client, without the page.
  if (location.hash === '#/automation') {
    const { installAutomation } = await import('./client/automation');
    installAutomation(client);
    return;
  }

  const language = preferredLanguage(localStorage.getItem('language'), navigator.languages);
  const theme = storedTheme(localStorage.getItem('theme'));
  applyTheme(theme);
  await loadLanguage(language);

  const shell = createShellStore({ route: routeOf(location.hash), theme, language });
  window.addEventListener('hashchange', () => shell.getState().set({ route: routeOf(location.hash) }));
  const studio = createStudio(client, shell, {
    createTiles: (size, channels) => new TileStore(size, channels),
    // A hidden tab gets no frames; its events must not pile up behind one.
    schedule: (task) => (document.hidden ? setTimeout(task, 250) : requestAnimationFrame(task)),
    go: (hash) => {
      location.hash = hash;
    },
  });

  const root = document.getElementById('root');
  if (!root) throw new Error('The page has no #root');
  createRoot(root).render(
    <StrictMode>
      <StudioProvider value={studio}>
        <App />
      </StudioProvider>
    </StrictMode>,
  );
  keepForOffline();
  await studio.boot();
}

void main();
