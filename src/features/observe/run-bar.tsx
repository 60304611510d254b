import { useSlice, useStudio } from '../../app/context';
import { useOverallProgress, useStageName } from '../../app/narration';
import { hashOf } from '../../app/shell-store';
import { useText } from '../../i18n/use-text';
import { Meter } from '../../ui/meter';
import { isActive } from './store';

/** The run that is going on, on every screen, with its controls. */
export default function RunBar() {
  const { t, share, duration, count } = useText();
  const studio = useStudio();
  const stageName = useStageName();
  const { status, current, progress, name, starting } = useSlice('run', (state) => state);
  const { share: done, secondsLeft } = useOverallProgress();
  if (!starting && !isActive(status)) return null;
  const { command } = studio.run.getState();
  const at = current ? progress[current] : undefined;
  const paused = status === 'paused';
  const line = [
    status ? t(`observe.status.${status}`) : t('condense.starting'),
    current ? stageName(current) : '',
    at && at.total > 1 ? t('observe.progressOf', { done: count(at.done), total: count(at.total) }) : '',
    secondsLeft !== null && !paused ? t('app.left', { time: duration(Math.ceil(secondsLeft)) }) : '',
  ].filter(Boolean).join(' · ');
  return (
    <section className="runbar" aria-label={t('observe.controls')}>
      <Meter label={t('observe.progress', { stage: name })} share={starting ? null : done} text={`${share(done)}, ${line}`} />
      <a className="clip" href={hashOf('observe')}><strong>{name}</strong> <span className="quiet">{line}</span></a>
      <div className="row">
        {paused
          ? <button type="button" className="button small primary" onClick={() => void command('resume')}>{t('observe.resume')}</button>
          : <button type="button" className="button small" disabled={starting} onClick={() => void command('pause')}>{t('observe.pause')}</button>}
        <button type="button" className="button small" disabled={!paused} onClick={() => void command('step')}>{t('observe.stepOnce')}</button>
        <button type="button" className="button small" disabled={starting} onClick={() => void command('stop')}>{t('observe.stop')}</button>
      </div>
    </section>
  );
}
