import { useMemo, useState } from 'react';
import type { BehindQuery, RunSummary } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { saveFile } from '../../client/save';
import { useText } from '../../i18n/use-text';
import { FigureButton } from '../../ui/figure-button';
import { ScrollRegion } from '../../ui/scroll-region';
import { changesBetween, previousOf, seedGroups, type Change } from './changes';
import { csvName, csvOf } from './csv';
import { cellOf, columns, meanCell, sorted, timeOf, type Cell, type Column, type Order } from './figures';
import { useRunRows } from './sheet';
import { nameOf, useChangeText, useFigureText, useMeanText } from './words';

/** Columns in which a larger number is better. */
const HIGHER: ReadonlySet<Column> = new Set(['recall', 'hard', 'soft']);
/** Columns that say nothing about quality. */
const NEUTRAL: ReadonlySet<Column> = new Set(['images', 'bytes', 'time']);
/** Changes that stand in the table before the rest is folded. */
const SHOWN_CHANGES = 3;

function Changes({ changes }: { changes: readonly Change[] | null }) {
  const { t } = useText();
  const text = useChangeText();
  if (changes === null) return <p className="faint">{t('compare.changes.first')}</p>;
  if (changes.length === 0) return <p className="faint">{t('compare.changes.same')}</p>;
  const list = (part: readonly Change[]) => <ul className="changes">{part.map((change) => <li key={`${change.stage}.${change.option}`}>{text(change)}</li>)}</ul>;
  return (
    <>
      {list(changes.slice(0, SHOWN_CHANGES))}
      {changes.length > SHOWN_CHANGES && (
        <details className="disclosure">
          <summary className="faint">{t('compare.changes.more', { count: changes.length - SHOWN_CHANGES })}</summary>
          {list(changes.slice(SHOWN_CHANGES))}
        </details>
      )}
    </>
  );
}

function CellView({ run, column, cell, all, onOpen }: { run: RunSummary; column: Column; cell: Cell; all: readonly RunSummary[]; onOpen(query: BehindQuery): void }) {
  const { t, share, duration } = useText();
  const figureText = useFigureText();
  if ('absent' in cell) {
    const why = t(`compare.table.absent.${cell.absent}`);
    return <td className="number absent" title={why}><span className="figure" aria-hidden="true">–</span><span className="visually-hidden">{why}</span></td>;
  }
  const { ours, random, note } = cell;
  const name = note || t(`compare.table.columns.${column}`);
  if (column === 'time') {
    const { seconds, complete } = timeOf(run, all);
    const text = complete ? duration(seconds) : t('compare.table.atLeast', { time: duration(seconds) });
    return <td className="number"><FigureButton strong label={text} onOpen={null}>{text}</FigureButton></td>;
  }
  const interval = ({ low, high }: typeof ours) => (low === undefined || high === undefined ? null : <span className="faint">{t('compare.table.interval', { low: share(low), high: share(high) })}</span>);
  const value = figureText(column, ours);
  return (
    <td className="number">
      {note && <span className="faint">{note}</span>}
      <FigureButton strong label={t('compare.table.open', { column: name, run: nameOf(run), value })} onOpen={ours.behind && (() => onOpen(ours.behind!))}>{value}</FigureButton>
      {interval(ours)}
      {random && (
        <FigureButton
          label={t('compare.table.openRandom', { column: name, run: nameOf(run), value: figureText(column, random) })} onOpen={random.behind && (() => onOpen(random.behind!))}
        >
          {t('compare.table.random', { value: figureText(column, random) })}
        </FigureButton>
      )}
    </td>
  );
}

/** Mean and spread of runs that differ in their seed alone. */
function SeedRow({ runs, all }: { runs: readonly RunSummary[]; all: readonly RunSummary[] }) {
  const { t, count, list } = useText();
  const text = useMeanText();
  return (
    <tr>
      <th scope="row"><span className="run-name">{t('compare.table.seeds', { runs: count(runs.length) })}</span><p className="changes">{list(runs.map(nameOf))}</p></th>
      {columns.map((column) => {
        const mean = meanCell(runs, column, all);
        return (
          <td key={column} className="number">
            {mean && <span className="figure strong">{text(column, mean.ours)}</span>}
            {mean?.random && <span className="figure">{t('compare.table.random', { value: text(column, mean.random) })}</span>}
          </td>
        );
      })}
    </tr>
  );
}

function Head({ column, order, label, hint, numeric, onSort }: { column: Order['column']; order: Order; label: string; hint: string; numeric: boolean; onSort(): void }) {
  const { t } = useText();
  const active = order.column === column;
  return (
    <th scope="col" className={numeric ? 'number' : undefined} aria-sort={active ? (order.descending ? 'descending' : 'ascending') : undefined}>
      <button type="button" className="sort" title={t('compare.table.sort', { column: label })} onClick={onSort}>
        {label}<span aria-hidden="true" className="sort-mark">{active && (order.descending ? ' ▾' : ' ▴')}</span>
      </button>
      {hint && <span className="faint">{hint}</span>}
    </th>
  );
}

/** Finished runs with what was changed between them and every number beside that of random images. */
export function RunsTable({ runs, all }: { runs: readonly RunSummary[]; all: readonly RunSummary[] }) {
  const { t, join } = useText();
  const studio = useStudio();
  const order = useSlice('compare', (state) => state.order);
  const [saved, setSaved] = useState(false);
  const before = useMemo(() => previousOf(runs), [runs]);
  const rows = useMemo(() => sorted(runs, order, all), [runs, order, all]);
  const groups = useMemo(() => seedGroups(runs), [runs]);
  const sheet = useRunRows();
  const { sortBy, open } = studio.compare.getState();
  const changesOf = (run: RunSummary): Change[] | null => {
    const previous = before.get(run.id);
    return previous ? changesBetween(previous, run) : null;
  };
  const save = async (): Promise<void> => {
    const text = csvOf(sheet(rows, changesOf, all));
    setSaved(await saveFile(new Blob([text], { type: 'text/csv;charset=utf-8' }), csvName(rows[0].datasetName)));
  };
  const hint = (column: Column): string => (NEUTRAL.has(column) ? '' : t(HIGHER.has(column) ? 'compare.table.higher' : 'compare.table.lower'));
  return (
    <section className="stack">
      <div className="spread">
        <h2>{t('compare.table.title')}</h2>
        <div className="row">
          {saved && <span role="status" className="quiet">{t('compare.table.saved')}</span>}
          <button type="button" className="button small" onClick={() => void save()}>{t('compare.table.save')}</button>
        </div>
      </div>
      <ScrollRegion label={t('compare.table.title')}>
        <table className="table runs-table">
          <thead>
            <tr>
              <Head column="name" order={order} label={t('compare.table.run')} hint="" numeric={false} onSort={() => sortBy('name', false)} />
              {columns.map((column) => (
                <Head
                  key={column} column={column} order={order} label={t(`compare.table.columns.${column}`)} hint={hint(column)} numeric
                  onSort={() => sortBy(column, HIGHER.has(column))}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((run) => (
              <tr key={run.id}>
                <th scope="row"><span className="run-name">{nameOf(run)}</span><Changes changes={changesOf(run)} /></th>
                {columns.map((column) => (
                  <CellView key={column} run={run} column={column} cell={cellOf(run, column, all)} all={all} onOpen={(query) => void open({ runId: run.id, query })} />
                ))}
              </tr>
            ))}
          </tbody>
          {groups.length > 0 && <tfoot>{groups.map((group) => <SeedRow key={group[0].id} runs={group} all={all} />)}</tfoot>}
        </table>
      </ScrollRegion>
      <p className="note">{join(t('compare.table.note'), t('compare.table.timeNote'))}</p>
    </section>
  );
}
