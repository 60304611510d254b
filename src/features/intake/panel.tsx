import { useSlice, useStudio } from '../../app/context';
import { NoData } from '../../app/no-data';
import { hashOf } from '../../app/shell-store';
import { useText } from '../../i18n/use-text';
import { Group } from '../../ui/fields';
import { Meter } from '../../ui/meter';
import { ClassBalance, Facts, SourceSizes } from './facts';
import './intake.css';
import { OptionsForm } from './options-form';
import { sameOptions } from './options';
import { Plates } from './plates';
import { VerdictTable } from './verdict-table';

function Reading() {
  const { t, count, duration } = useText();
  const studio = useStudio();
  const source = useSlice('intake', (state) => state.source);
  const progress = useSlice('intake', (state) => state.progress);
  const share = progress?.total ? progress.read / progress.total : null;
  const values = progress && { read: count(progress.read), accepted: count(progress.accepted), refused: count(progress.refused), duplicates: count(progress.duplicates) };
  const text = values === null ? '' : progress?.total
    ? t('intake.readOf', { ...values, total: count(progress.total) }) : t('intake.readSoFar', values);
  return (
    <div className="stack-s intake-reading">
      <div className="spread">
        <h1>{t('intake.reading', { name: source?.name ?? '' })}</h1>
        <button type="button" className="button" onClick={() => void studio.intake.getState().cancel()}>{t('intake.cancel')}</button>
      </div>
      <p className="quiet spread">
        <span>{text}</span>
        {progress?.secondsLeft !== null && progress !== null && <span>{t('app.left', { time: duration(Math.ceil(progress.secondsLeft)) })}</span>}
      </p>
      <Meter label={t('intake.progress')} share={share} text={text} />
    </div>
  );
}

function Done() {
  const { t, count } = useText();
  const dataset = useSlice('intake', (state) => state.dataset);
  if (!dataset) return null;
  return (
    <div className="spread">
      <div className="stack-s">
        <h1>{dataset.name}</h1>
        <p className="quiet">{t('intake.done', { name: dataset.name, images: count(dataset.count), classes: count(dataset.classes.length) })}</p>
      </div>
      <a className="button primary" href={hashOf('condense')}>{t('intake.toCondense')}</a>
    </div>
  );
}

function Controls() {
  const { t } = useText();
  const studio = useStudio();
  const phase = useSlice('intake', (state) => state.phase);
  const source = useSlice('intake', (state) => state.source);
  const options = useSlice('intake', (state) => state.options);
  const dataset = useSlice('intake', (state) => state.dataset);
  const changed = dataset !== null && !sameOptions(options, dataset.options);
  return (
    <aside className="controls" aria-label={t('intake.options')}>
      <Group title={t('intake.options')}>
        <p className="faint">{t('intake.optionsNote')}</p>
        <OptionsForm />
      </Group>
      <div className="commit stack">
        {source
          ? <button type="button" className={changed ? 'button primary' : 'button'} disabled={phase === 'reading'} onClick={() => void studio.read()}>{t('intake.readAgain')}</button>
          : dataset && <p className="note">{t('intake.readAgainMissing')}</p>}
      </div>
    </aside>
  );
}

/** The data set as a picture, with what became of every file. */
export default function IntakePanel() {
  const { t, tell } = useText();
  const phase = useSlice('intake', (state) => state.phase);
  const failure = useSlice('intake', (state) => state.failure);
  const dataset = useSlice('intake', (state) => state.dataset);
  if (phase === 'idle') return <NoData />;
  return (
    <div className="bench">
      <div className="picture">
        {phase === 'reading' && <Reading />}
        {phase === 'done' && <Done />}
        {(phase === 'cancelled' || phase === 'failed') && <h1>{t('intake.title')}</h1>}
        {phase === 'cancelled' && <p className="note">{t('intake.cancelled')}</p>}
        {failure && <p className="note bad" role="alert">{tell(failure)}</p>}
        <Plates />
        {dataset && (
          <>
            <Facts dataset={dataset} />
            <div className="intake-columns block">
              <ClassBalance dataset={dataset} />
              <SourceSizes dataset={dataset} />
            </div>
          </>
        )}
        <VerdictTable />
      </div>
      <Controls />
    </div>
  );
}
