import { useSlice } from '../../app/context';
import { hashOf } from '../../app/shell-store';
import { useText } from '../../i18n/use-text';
import { RunLine } from './run-line';

/** Where a run is needed and none is open: after a reload this is where an interrupted one is taken up again. */
export function NoRun() {
  const { t } = useText();
  const runs = useSlice('library', (state) => state.runs);
  return (
    <div className="empty">
      <h1>{t('app.noRun.title')}</h1>
      <p>{t('app.noRun.text')}</p>
      <a className="button primary" href={hashOf('condense')}>{t('app.noRun.action')}</a>
      {runs.length > 0 && (
        <section className="empty-runs">
          <h2>{t('arrive.earlier')}</h2>
          <ul>{runs.map((run) => <li key={run.id}><RunLine run={run} /></li>)}</ul>
        </section>
      )}
    </div>
  );
}
