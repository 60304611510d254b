import { EngineChip } from '../features/engine/chip';
import { loadLanguage, languages, type Language } from '../i18n';
import { useText } from '../i18n/use-text';
import { useSlice, useStudio } from './context';
import { applyTheme } from './preferences';
import { hashOf, themes, type Theme } from './shell-store';

const names: Record<Language, string> = { en: 'English', ja: '日本語' };

function Mark() {
  const rest = [[4, 4], [12, 4], [20, 4], [4, 12], [20, 12], [4, 20], [12, 20], [20, 20]];
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      {rest.map(([x, y]) => <circle key={`${x} ${y}`} cx={x} cy={y} r="2.6" fill="currentColor" />)}
      <circle cx="12" cy="12" r="3.4" fill="var(--kept)" />
    </svg>
  );
}

function ThemeButton() {
  const { t } = useText();
  const studio = useStudio();
  const theme = useSlice('shell', (state) => state.theme);
  const change = (): void => {
    const next: Theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    applyTheme(next);
    localStorage.setItem('theme', next);
    studio.shell.getState().set({ theme: next });
  };
  return (
    <button type="button" className="button small plain" onClick={change} aria-label={t(`app.theme.${theme}`)} title={t(`app.theme.${theme}`)}>
      <svg width="15" height="15" viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="6.25" fill={theme === 'dark' ? 'currentColor' : 'none'} stroke="currentColor" strokeWidth="1.5" />
        {theme === 'system' && <path d="M8 1.75a6.25 6.25 0 0 1 0 12.5z" fill="currentColor" />}
      </svg>
    </button>
  );
}

function LanguageButtons() {
  const { t } = useText();
  const studio = useStudio();
  const language = useSlice('shell', (state) => state.language);
  const other = languages.find((known) => known !== language) ?? 'en';
  const change = async (): Promise<void> => {
    await loadLanguage(other);
    localStorage.setItem('language', other);
    studio.shell.getState().set({ language: other });
  };
  return (
    <button type="button" className="button small plain" lang={other} onClick={() => void change()} aria-label={`${t('app.language')}: ${names[other]}`}>
      {names[other]}
    </button>
  );
}

/** What must be there before a step has something to show. */
const needs = { data: 'data', condense: 'data', observe: 'run', compare: 'result', export: 'run' } as const;

/** Name, steps, engine, runs and settings; always in view. */
export function Header() {
  const { t, count } = useText();
  const studio = useStudio();
  const route = useSlice('shell', (state) => state.route);
  const hasData = useSlice('intake', (state) => state.dataset !== null);
  const reading = useSlice('intake', (state) => state.phase !== 'idle');
  const hasRun = useSlice('run', (state) => state.runId !== null || state.starting);
  const stored = useSlice('library', (state) => state.runs.length);
  const finished = useSlice('library', (state) => state.runs.some(({ result }) => result !== null));
  const ready = { data: reading, condense: hasData, observe: hasRun, compare: finished, export: hasRun };
  return (
    <header className="header">
      <a className="mark" href={hashOf('start')} aria-current={route === 'start' ? 'page' : undefined} aria-label={`${t('app.name')}, ${t('app.start')}`}>
        <Mark />
        {t('app.name')}
      </a>
      <nav className="steps" aria-label={t('app.navigation')}>
        {(['data', 'condense', 'observe', 'compare', 'export'] as const).map((step) => (
          <a
            key={step} href={hashOf(step)} aria-current={route === step ? 'page' : undefined}
            title={ready[step] ? undefined : t(`app.stepNeeds.${needs[step]}`)}
          >
            {t(`app.steps.${step}`)}
          </a>
        ))}
      </nav>
      <div className="tools" role="group" aria-label={t('app.tools')}>
        <EngineChip />
        <button
          type="button" className="button small plain" aria-haspopup="dialog" aria-label={t('runs.openCount', { runs: count(stored) })}
          onClick={() => studio.shell.getState().set({ runsOpen: true })}
        >
          {t('runs.open')}{stored > 0 && <span className="faint">{stored}</span>}
        </button>
        <LanguageButtons />
        <ThemeButton />
      </div>
    </header>
  );
}
