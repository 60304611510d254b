import { useRef, type ChangeEvent } from 'react';
import type { Failure } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { sourceFromInput } from '../../client/source';
import { useText } from '../../i18n/use-text';
import { ConfirmButton } from '../../ui/confirm-button';
import { OptionsForm, OptionsSummary } from '../intake/options-form';
import { RunLine } from '../runs/run-line';
import './arrive.css';
import { Figure } from './figure';
import { pickFolder } from './pick';

/** Runs shown on the start page; all of them are in the drawer. */
const RECENT_RUNS = 4;

export function Arrive() {
  const { t, tell, count, bytes, join } = useText();
  const studio = useStudio();
  const folderInput = useRef<HTMLInputElement>(null);
  const filesInput = useRef<HTMLInputElement>(null);
  const verdict = useSlice('engine', (state) => state.verdict);
  const engineFailure = useSlice('engine', (state) => state.failure);
  const seed = useSlice('intake', (state) => state.options.seed);
  const datasets = useSlice('library', (state) => state.datasets);
  const runs = useSlice('library', (state) => state.runs);

  const chooseFolder = async (): Promise<void> => {
    const picked = await pickFolder();
    if (picked === 'unsupported') folderInput.current?.click();
    else if (picked) await studio.read(picked);
  };

  const take = (event: ChangeEvent<HTMLInputElement>): void => {
    try {
      void studio.read(sourceFromInput(event.target.files ?? []));
    } catch (thrown) {
      studio.shell.getState().set({ refused: thrown as Failure });
    }
    event.target.value = '';
  };

  return (
    <div className="arrive">
      <div className="arrive-top">
        <div className="arrive-words">
          <h1>{t('arrive.title')}</h1>
          <p className="arrive-lead">{t('arrive.lead')}</p>
          <div className="row arrive-actions">
            <button type="button" className="button primary large" onClick={() => void chooseFolder()}>{t('arrive.folder')}</button>
            <button type="button" className="button large" onClick={() => filesInput.current?.click()}>{t('arrive.files')}</button>
            <button
              type="button" className="button large"
              onClick={() => void studio.read({ kind: 'sample', name: t('arrive.sampleName'), seed })}
            >
              {t('arrive.sample')}
            </button>
          </div>
          <input
            ref={folderInput} className="visually-hidden" type="file" tabIndex={-1} aria-label={t('arrive.folderInput')} onChange={take}
            // React knows no typed prop for it; the attribute is what browsers read.
            {...{ webkitdirectory: '' }}
          />
          <input ref={filesInput} className="visually-hidden" type="file" multiple tabIndex={-1} aria-label={t('arrive.filesInput')} onChange={take} />
          <p className="quiet">{join(t('arrive.dropHint'), t('arrive.formats'))}</p>
          <p className="arrive-promise">{t('arrive.promise')}</p>
        </div>
        <Figure />
      </div>

      <div className="arrive-notes">
        {engineFailure ? <p className="note bad">{tell(engineFailure)}</p>
          : verdict && <p className="note">{tell({ code: verdict.reasonCode, sentence: verdict.reason, params: {} })}</p>}
        <details className="disclosure arrive-options">
          <summary>{t('arrive.readOptions')} <OptionsSummary /></summary>
          <OptionsForm />
        </details>
      </div>

      <div className="arrive-kept">
        {runs.length > 0 && (
          <section>
            <h2>{t('arrive.earlier')}</h2>
            <ul>{runs.slice(0, RECENT_RUNS).map((run) => <li key={run.id}><RunLine run={run} /></li>)}</ul>
          </section>
        )}
        {datasets.length > 0 && (
          <section>
            <h2>{t('arrive.stored')}</h2>
            <ul>
              {datasets.map((dataset) => (
                <li className="line" key={dataset.id}>
                  <div className="clip">
                    <strong>{dataset.name}</strong>
                    <p className="faint clip">
                      {t('arrive.images', { images: count(dataset.count), classes: count(dataset.classes.length), size: dataset.size })}
                      {' · '}{bytes(dataset.count * dataset.size ** 2 * dataset.channels + dataset.originalBytes)}
                    </p>
                  </div>
                  <div className="row">
                    <button type="button" className="button small" aria-label={t('arrive.openNamed', { name: dataset.name })} onClick={() => studio.openDataset(dataset)}>
                      {t('arrive.open')}
                    </button>
                    <ConfirmButton name={dataset.name} onConfirm={() => void studio.removeDataset(dataset.id)} />
                  </div>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </div>
  );
}
