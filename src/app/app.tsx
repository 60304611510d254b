import { lazy, Suspense, useEffect, useRef } from 'react';
import { Arrive } from '../features/arrive/arrive';
import { useText } from '../i18n/use-text';
import { ErrorBoundary } from '../ui/error-boundary';
import { useSlice, useStudio } from './context';
import { DropTarget } from './drop-target';
import { Faults } from './faults';
import { Header } from './header';
import { useAnnouncements, useTitle } from './narration';

const IntakePanel = lazy(() => import('../features/intake/panel'));
const CondensePanel = lazy(() => import('../features/condense/panel'));
const ObservePanel = lazy(() => import('../features/observe/panel'));
const ComparePanel = lazy(() => import('../features/compare/panel'));
const ExportPanel = lazy(() => import('../features/export/panel'));
const RunsDrawer = lazy(() => import('../features/runs/drawer'));
const EngineDialog = lazy(() => import('../features/engine/dialog'));
const RunBar = lazy(() => import('../features/observe/run-bar'));

const panels = { start: Arrive, data: IntakePanel, condense: CondensePanel, observe: ObservePanel, compare: ComparePanel, export: ExportPanel };

/** The one screen: a picture, its controls, and around them what is always there. */
export function App() {
  const { t } = useText();
  const studio = useStudio();
  const route = useSlice('shell', (state) => state.route);
  const runsOpen = useSlice('shell', (state) => state.runsOpen);
  const engineOpen = useSlice('shell', (state) => state.engineOpen);
  const announcement = useSlice('shell', (state) => state.announcement);
  const hasRun = useSlice('run', (state) => state.runId !== null || state.starting);
  const main = useRef<HTMLElement>(null);
  const arrived = useRef(route);
  useTitle();
  useAnnouncements();

  useEffect(() => {
    // Not on the first render: a page that loads keeps the focus where the browser puts it.
    if (arrived.current === route) return;
    arrived.current = route;
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [route]);

  const Panel = panels[route];
  return (
    <DropTarget>
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>{t('app.skip')}</a>
      <Header />
      <Faults />
      <main id="main" className="main" ref={main} tabIndex={-1}>
        <ErrorBoundary key={route}>
          <Suspense fallback={null}><Panel /></Suspense>
        </ErrorBoundary>
      </main>
      <Suspense fallback={null}>
        {hasRun && <RunBar />}
        {runsOpen && <RunsDrawer onClose={() => studio.shell.getState().set({ runsOpen: false })} />}
        {engineOpen && <EngineDialog onClose={() => studio.shell.getState().set({ engineOpen: false })} />}
      </Suspense>
      <div className="visually-hidden" role="status" aria-live="polite">{announcement}</div>
    </DropTarget>
  );
}
