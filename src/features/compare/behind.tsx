import { useMemo, useState } from 'react';
import type { BehindQuery, BehindView } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { useText } from '../../i18n/use-text';
import { ContactSheet, type SheetItem } from '../../ui/contact-sheet';
import { Dialog } from '../../ui/dialog';
import { SelectField } from '../../ui/fields';
import { Pager } from '../../ui/pager';
import { pageOf, type GroupedItem } from './arrange';
import './compare.css';
import { queryKey, relatedQueries } from './queries';
import type { Opened } from './store';
import { nameOf } from './words';

/** Pictures drawn at a time, those beside others included. */
const PAGE_PICTURES = 96;
const ALL = 'all';

function useQueryName(): (query: BehindQuery) => string {
  const { t } = useText();
  return (query) => {
    const kind = t(`compare.behind.kinds.${query.kind}`);
    return 'arm' in query ? t('compare.behind.ofArm', { kind, arm: t(`compare.behind.arms.${query.arm}`) }) : kind;
  };
}

/** Which group and page of it is shown. */
interface Place {
  group: string;
  page: number;
}

const start: Place = { group: ALL, page: 0 };

function useGroupTitles(view: BehindView | null, query: BehindQuery): string[] {
  const { t, count } = useText();
  if (!view) return [];
  return view.groups.map(({ classIndex, otherIndex, rows }) => {
    const total = count(rows.length);
    if (classIndex === null) return t('compare.behind.groups.whole', { total });
    const name = view.classNames[classIndex];
    if (otherIndex === null) return t('compare.behind.groups.one', { name, total });
    return t(query.kind === 'mislabelled' ? 'compare.behind.groups.suggested' : 'compare.behind.groups.taken', { name, other: view.classNames[otherIndex], total });
  });
}

function Images({ view, titles, at, onPage }: { view: BehindView; titles: readonly string[]; at: Place; onPage(page: number): void }) {
  const { t, measure, list } = useText();
  const studio = useStudio();
  const gallery = useMemo(() => studio.galleryOf(view.datasetId, view.size, view.channels), [studio, view]);
  const sampled = useMemo(() => (view.sampled ? { pixels: view.sampled, size: view.size, channels: view.channels } : null), [view]);
  const items = useMemo(() => view.groups.flatMap(({ rows, beside, values }, group): GroupedItem[] => {
    if (at.group !== ALL && at.group !== String(group)) return [];
    const k = rows.length === 0 ? 0 : beside.length / rows.length;
    return Array.from(rows, (row, i) => ({
      group, picture: view.sampled ? { sampled: row } : { row }, beside: [...beside.subarray(i * k, (i + 1) * k)], caption: values.length > 0 ? measure(values[i]) : '',
    }));
  }), [view, at.group, measure]);
  if (items.length === 0) return <p className="quiet">{t('compare.behind.empty')}</p>;

  const place = (row: number): string => {
    const info = gallery.info(row);
    return info ? t('compare.behind.item', { path: info.path, name: view.classNames[info.classIndex], split: t(`intake.splits.${info.split}`) }) : t('app.loading');
  };
  const describe = (item: SheetItem): string => {
    const group = view.groups[(item as GroupedItem).group];
    const what = 'row' in item.picture ? place(item.picture.row)
      : t('compare.behind.sampledItem', { name: group.classIndex === null ? '' : view.classNames[group.classIndex] });
    const valued = item.caption ? t('compare.behind.value', { what, value: item.caption }) : what;
    return item.beside.length > 0 ? t('compare.behind.beside', { what: valued, others: list(item.beside.map((row) => gallery.info(row)?.path ?? t('app.loading'))) }) : valued;
  };
  const size = Math.floor(PAGE_PICTURES / (1 + items[0].beside.length));
  return (
    <>
      <ContactSheet
        key={`${at.group} ${at.page}`} gallery={gallery} sections={pageOf(items, titles, at.page, size)} size={view.size} sampled={sampled} describe={describe} help={t('compare.behind.help')}
      />
      <Pager page={at.page} size={size} total={items.length} label={t('compare.behind.pages')} onPage={onPage} />
    </>
  );
}

function BehindDialog({ opened }: { opened: Opened }) {
  const { t, tell, join, count } = useText();
  const studio = useStudio();
  const queryName = useQueryName();
  const { view, failure } = useSlice('compare', (state) => state);
  const run = useSlice('library', (state) => state.runs.find(({ id }) => id === opened.runId));
  const [at, setAt] = useState(start);
  const { open, close } = studio.compare.getState();
  const { query } = opened;
  const titles = useGroupTitles(view, query);
  const related = relatedQueries(query, run?.result?.metrics.students?.packed !== undefined);
  const show = (key: string): void => {
    setAt(start);
    void open({ runId: opened.runId, query: related.find((each) => queryKey(each) === key) ?? query });
  };
  const total = view?.groups.reduce((sum, { rows }) => sum + rows.length, 0) ?? 0;
  return (
    <Dialog title={t('compare.behind.title', { what: t(`compare.behind.kinds.${query.kind}`), run: run ? nameOf(run) : '' })} shape="plate" onClose={close}>
      <div className="stack behind">
        <div className="behind-choices">
          <SelectField label={t('compare.behind.show')} value={queryKey(query)} options={related.map((each) => ({ value: queryKey(each), label: queryName(each) }))} onChange={show} />
          {titles.length > 1 && (
            <SelectField
              label={t('compare.behind.group')} value={at.group}
              options={[{ value: ALL, label: t('compare.behind.all', { total: count(total) }) }, ...titles.map((label, i) => ({ value: String(i), label }))]}
              onChange={(group) => setAt({ group, page: 0 })}
            />
          )}
        </div>
        <p className="quiet">{join(t(`compare.behind.texts.${query.kind}`), query.kind === 'confused' ? t(`compare.behind.labels.${query.labels}`) : '')}</p>
        {failure && <p className="note bad" role="alert">{tell(failure)}</p>}
        {!failure && !view && <p className="quiet" role="status">{t('compare.behind.loading')}</p>}
        {view && <Images view={view} titles={titles} at={at} onPage={(page) => setAt({ ...at, page })} />}
      </div>
    </Dialog>
  );
}

/** The images behind the number that was pressed last, wherever on the page it stands. */
export default function Behind() {
  const opened = useSlice('compare', (state) => state.opened);
  return opened && <BehindDialog opened={opened} />;
}
