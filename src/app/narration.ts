import { useEffect } from 'react';
import { isActive, overallProgress } from '../features/observe/store';
import { useText } from '../i18n/use-text';
import { useSlice, useStudio } from './context';

/** Progress of the run by forecast seconds, shared by the title, the run bar and the spoken text. */
export function useOverallProgress(): { share: number; secondsLeft: number | null } {
  const stages = useSlice('run', (state) => state.stages);
  const progress = useSlice('run', (state) => state.progress);
  const plan = useSlice('run', (state) => state.plan);
  return overallProgress(stages, progress, plan);
}

/** A stage's name; an id the catalogue does not know is shown as it is. */
export function useStageName(): (id: string) => string {
  const { t } = useText();
  return (id) => t(`condense.stages.${id as 'scorer'}`, { defaultValue: id });
}

/** Keeps the document's title at where things are, for people who look at another tab meanwhile. */
export function useTitle(): void {
  const { t, share, language } = useText();
  const stageName = useStageName();
  const route = useSlice('shell', (state) => state.route);
  const status = useSlice('run', (state) => state.status);
  const current = useSlice('run', (state) => state.current);
  const reading = useSlice('intake', (state) => (state.phase === 'reading' ? state.progress : null));
  const { share: done } = useOverallProgress();
  useEffect(() => {
    const place = route === 'start' ? '' : t(`app.steps.${route}`);
    const running = status !== null && isActive(status) && current !== null ? `${share(done)} ${stageName(current)}` : '';
    const read = reading?.total ? share(reading.read / reading.total) : '';
    document.title = [running || read, place, t('app.name')].filter(Boolean).join(' – ');
  });
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
}

/** How far a stage must get before it is spoken of again. */
const SPOKEN_SHARE = 0.25;

/** What is to be said of the run now. The same text means that there is nothing new to say. */
function useRunSentence(): string {
  const { t, share } = useText();
  const stageName = useStageName();
  const status = useSlice('run', (state) => state.status);
  const current = useSlice('run', (state) => state.current);
  const report = useSlice('run', (state) => state.stages.find(({ id }) => id === state.current));
  const quarters = useSlice('run', ({ progress, current: id }) => {
    const at = id === null ? undefined : progress[id];
    return at && at.total > 0 ? Math.floor(at.done / at.total / SPOKEN_SHARE) : 0;
  });
  if (status === 'done') return t('observe.spokenDone');
  if (status !== null && status !== 'running') return t(`observe.status.${status}`);
  if (current === null || !report) return '';
  if (quarters > 0) return t('observe.spoken', { stage: stageName(current), percent: share(quarters * SPOKEN_SHARE) });
  return t('observe.spokenStage', { stage: stageName(current), status: t(`observe.stageStatus.${report.status}`) });
}

/** Tells screen readers of stages and quarters, not of every step. */
export function useAnnouncements(): void {
  const { t, count } = useText();
  const studio = useStudio();
  const run = useRunSentence();
  const dataset = useSlice('intake', (state) => state.dataset);
  const read = dataset === null ? '' : t('intake.done', { name: dataset.name, images: count(dataset.count), classes: count(dataset.classes.length) });

  useEffect(() => {
    if (run !== '') studio.shell.getState().announce(run);
  }, [studio, run]);
  useEffect(() => {
    if (read !== '') studio.shell.getState().announce(read);
  }, [studio, read]);
}
