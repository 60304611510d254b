import { useEffect, useState } from 'react';
import type { SelectOptions } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { saveFile } from '../../client/save';
import { useText } from '../../i18n/use-text';
import { Check, Group, Segments, TextField } from '../../ui/fields';
import { Meter } from '../../ui/meter';
import { NoRun } from '../runs/no-run';
import './export.css';
import { LimitsGroup, LimitVerdicts } from './limits';
import { foldEntries } from './store';

/** Wait before a plan, so that typing a name does not ask for one a letter. */
const PLAN_DELAY = 250;

function Options({ canLive }: { canLive: boolean }) {
  const { t, count } = useText();
  const studio = useStudio();
  const { options, live } = useSlice('exporter', (state) => state);
  const selection = useSlice('condense', (state) => state.selection);
  const originals = useSlice('intake', (state) => state.dataset === null || state.dataset.originalBytes > 0);
  const { set, setLive } = studio.exporter.getState();
  return (
    <Group title={t('export.options')}>
      <TextField label={t('export.name')} value={options.name} onChange={(name) => set({ name })} />
      <TextField label={t('export.licence')} hint={t('export.licenceHint')} value={options.licence} onChange={(licence) => set({ licence })} />
      {canLive && (
        <fieldset className="field stack-s">
          <legend>{t('export.selection')}</legend>
          {[false, true].map((value) => (
            <label className="check" key={String(value)}>
              <input type="radio" name="selection" checked={live === value} onChange={() => setLive(value)} />
              {value
                ? t('export.selectionLive', { perClass: count(selection.imagesPerClass), strategy: t(`condense.strategy.names.${selection.strategy}`) })
                : t('export.selectionRun')}
            </label>
          ))}
        </fieldset>
      )}
      <Segments
        label={t('export.pictures')} value={options.pictures} hint={originals ? (options.pictures === 'original' ? t('export.originalNote') : undefined) : t('export.originalMissing')}
        options={(['working', 'original'] as const).map((value) => ({ value, label: t(`export.${value}`) }))}
        onChange={(pictures) => (pictures === 'working' || originals) && set({ pictures })}
      />
      <Check label={t('export.tensors')} checked={options.tensors} onChange={(tensors) => set({ tensors })} />
      <Check label={t('export.hideNames')} checked={options.hideNames} onChange={(hideNames) => set({ hideNames })} />
      <Check label={t('export.plainFolders')} hint={t('export.plainFoldersHint')} checked={options.plainFolders} onChange={(plainFolders) => set({ plainFolders })} />
    </Group>
  );
}

function Plan() {
  const { t, count, bytes } = useText();
  const plan = useSlice('exporter', (state) => state.plan);
  const planning = useSlice('exporter', (state) => state.planning);
  return (
    <section className="block stack" aria-busy={planning}>
      <h2>{t('export.plan')}</h2>
      {!plan ? <p className="quiet">{planning ? t('export.planning') : ''}</p> : (
        <table className="table plan-table">
          <thead><tr><th scope="col">{t('export.entry')}</th><th scope="col" className="number">{t('export.files')}</th><th scope="col" className="number">{t('export.bytes')}</th></tr></thead>
          <tbody>
            {foldEntries(plan.entries).map((entry) => (
              <tr key={entry.name}><th scope="row" className="mono">{entry.name}</th><td className="number">{count(entry.files)}</td><td className="number">{bytes(entry.bytes)}</td></tr>
            ))}
          </tbody>
          <tfoot><tr><th scope="row">{t('export.total')}</th><td className="number">{count(plan.entries.length)}</td><td className="number">{bytes(plan.bytes)}</td></tr></tfoot>
        </table>
      )}
    </section>
  );
}

function Written() {
  const { t, bytes } = useText();
  const written = useSlice('exporter', (state) => state.written);
  const [saved, setSaved] = useState(false);
  if (!written) return null;
  return (
    <section className="block stack" aria-live="polite">
      <div className="spread">
        <p className="result-lead">{t('export.written', { name: written.file.name, bytes: bytes(written.bytes) })}</p>
        <div className="row">
          {saved && <span role="status" className="quiet">{t('export.saved')}</span>}
          <button type="button" className="button primary large" onClick={() => void saveFile(written.file, written.file.name).then(setSaved)}>{t('export.save')}</button>
        </div>
      </div>
      <dl className="stack-s">
        <dt className="faint">{t('export.sha')}</dt><dd className="mono sha">{written.sha256}</dd>
        <dd className="faint">{t('export.shaNote')}</dd>
      </dl>
      <div className="stack-s">
        <h2>{t('export.load')}</h2>
        <pre className="log mono" tabIndex={0} role="region" aria-label={t('export.load')}>{[
          `load_dataset("imagefolder", data_files="${written.file.name}", split="train")`,
          `torchvision.datasets.ImageFolder("${written.file.name.replace(/\.zip$/, '')}/train")`,
        ].join('\n')}</pre>
      </div>
    </section>
  );
}

/** Makes the report with measured times and hands it to the person. */
function SaveReport({ runId, chosen }: { runId: string; chosen: SelectOptions | null }) {
  const { t, language } = useText();
  const studio = useStudio();
  const reporting = useSlice('exporter', (state) => state.reporting);
  const [file, setFile] = useState<File | null>(null);
  const save = async (): Promise<void> => {
    const made = await studio.exporter.getState().report(runId, chosen, language === 'ja' ? 'ja' : 'en');
    if (made && (await saveFile(made, made.name))) setFile(made);
  };
  return (
    <section className="block stack-s">
      <div className="row">
        <button type="button" className="button large" disabled={reporting} onClick={() => void save()}>{reporting ? t('export.report.making') : t('export.report.save')}</button>
        {file && <span role="status" className="quiet">{t('export.saved')}</span>}
      </div>
      <p className="quiet report-note">{t('export.report.note')}</p>
    </section>
  );
}

/** What goes into the zip, how large it gets, and the writing of it. */
export default function ExportPanel() {
  const { t, tell, share, count, bytes } = useText();
  const studio = useStudio();
  const runId = useSlice('run', (state) => state.runId);
  const selected = useSlice('run', (state) => state.result !== null || state.stages.some(({ id, status }) => id === 'select' && (status === 'done' || status === 'cached')));
  const canLive = useSlice('explore', (state) => state.runId === runId && state.scores !== null);
  const { options, live, writing, progress, failure } = useSlice('exporter', (state) => state);
  const selection = useSlice('condense', (state) => state.selection);
  const chosen = live && canLive ? selection : null;

  useEffect(() => {
    if (runId === null || !selected) return;
    const timer = setTimeout(() => void studio.exporter.getState().makePlan(runId, chosen), PLAN_DELAY);
    return () => clearTimeout(timer);
  }, [studio, runId, selected, options, chosen]);

  if (runId === null) return <NoRun />;
  const done = progress && progress.total > 0 ? progress.done / progress.total : null;
  return (
    <div className="bench">
      <div className="picture">
        <div className="spread">
          <div className="stack-s">
            <h1>{t('export.title')}</h1>
            <p className="quiet">{t('export.lead')}</p>
          </div>
          {writing
            ? <button type="button" className="button large" onClick={() => void studio.exporter.getState().cancel()}>{t('export.cancel')}</button>
            : (
              <button type="button" className="button primary large" disabled={!selected} onClick={() => void studio.exporter.getState().write(runId, chosen)}>
                {t('export.write')}
              </button>
            )}
        </div>
        {!selected && <p className="note">{t('export.unfinished')}</p>}
        {failure && <p className="note bad" role="alert">{tell(failure)}</p>}
        {writing && (
          <div className="stack-s block">
            <p className="quiet spread">
              <span>{progress ? t('export.progressText', { done: count(progress.done), total: count(progress.total), bytes: bytes(progress.bytes) }) : t('export.writing')}</span>
              {done !== null && <span>{share(done)}</span>}
            </p>
            <Meter label={t('export.progress')} share={done} />
          </div>
        )}
        <Written />
        {selected && <SaveReport runId={runId} chosen={chosen} />}
        {selected && <LimitVerdicts />}
        {selected && <Plan />}
      </div>
      <aside className="controls" aria-label={t('export.options')}><Options canLive={canLive} /><LimitsGroup /></aside>
    </div>
  );
}
