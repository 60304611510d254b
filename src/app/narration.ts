import { useEffect, useRef } from 'react';
import { isActive, overallProgress } from '../features/observe/store';
import { useText } from '../i18n/use-text';
import { useSlice, useStudio } from './context';

/** Progress of the run by forecast seconds, shared by the title, the run bar and the spoken text. */
export function useOverallProgress(): { share: number; secondsLeft: number | null } {
  const stages = useSlice('run', (state) => state.stages);
  const progress = useSlice('run', (state) => state.progress);
  const forecast = useSlice('condense', (state) => state.forecast);
  return overallProgress(stages, progress, Object.fromEntries((forecast?.stages ?? []).map(({ id, seconds }) => [id, seconds])));
}

/** A stage's name; an id the catalogue does not know is shown as it is. */
export function useStageName(): (id: string) => string {
  const { t } = useText();
  return (id) => {
    const known = t(`condense.stages.${id as 'scorer'}`, { defaultValue: id });
    return known;
  };
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

/** Tells screen readers of stages and quarters, not of every step. */
export function useAnnouncements(): void {
  const { t, share, count } = useText();
  const stageName = useStageName();
  const studio = useStudio();
  const stages = useSlice('run', (state) => state.stages);
  const progress = useSlice('run', (state) => state.progress);
  const current = useSlice('run', (state) => state.current);
  const status = useSlice('run', (state) => state.status);
  const dataset = useSlice('intake', (state) => state.dataset);
  const spoken = useRef('');

  const report = stages.find(({ id }) => id === current);
  const at = current ? progress[current] : undefined;
  const quarters = at && at.total > 0 ? Math.floor(at.done / at.total / SPOKEN_SHARE) : 0;

  const say = (key: string, text: string): void => {
    if (spoken.current === key) return;
    spoken.current = key;
    studio.shell.getState().announce(text);
  };

  useEffect(() => {
    if (status === 'done') say('done', t('observe.spokenDone'));
    else if (status !== null && status !== 'running') say(status, t(`observe.status.${status}`));
    else if (current && report && quarters > 0) say(`${current} ${quarters}`, t('observe.spoken', { stage: stageName(current), percent: share(quarters * SPOKEN_SHARE) }));
    else if (current && report) say(current + report.status, t('observe.spokenStage', { stage: stageName(current), status: t(`observe.stageStatus.${report.status}`) }));
  }, [status, current, report?.status, quarters]);

  useEffect(() => {
    if (dataset) say(dataset.id, t('intake.done', { name: dataset.name, images: count(dataset.count), classes: count(dataset.classes.length) }));
  }, [dataset]);
}
