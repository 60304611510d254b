import { useState, useSyncExternalStore } from 'react';
import { useSlice, useStudio } from '../../app/context';
import { useText } from '../../i18n/use-text';
import { Dialog } from '../../ui/dialog';
import { TileGrid } from '../../ui/tile-grid';
import { TileStrip } from '../../ui/tile-strip';
import { useWindow } from '../../ui/use-window';

const TILE = 40;
const ROW = 126;
const none: readonly number[] = [];

/** All images of one class. */
function ClassDialog({ index, name, total, onClose }: { index: number; name: string; total: number; onClose(): void }) {
  const { t, count } = useText();
  const { gallery } = useStudio();
  const rows = gallery.rowsByClass[index] ?? none;
  const describe = (row: number): string => {
    const info = gallery.info(row);
    return info ? t('intake.imageAt', { path: info.path, split: t(`intake.splits.${info.split}`) }) : t('app.loading');
  };
  return (
    <Dialog title={t('intake.classDialog', { name })} shape="plate" onClose={onClose}>
      {rows.length < total && <p className="faint">{t('intake.sampleShown', { shown: count(rows.length), total: count(total) })}</p>}
      <TileGrid gallery={gallery} rows={rows} label={t('intake.classDialog', { name })} help={t('intake.gridHelp')} describe={describe} />
    </Dialog>
  );
}

/** Every class as a strip of its images, filling while files are read. Only the strips near the view are drawn. */
export function Plates() {
  const { t, count } = useText();
  const { gallery } = useStudio();
  useSyncExternalStore(gallery.subscribe, gallery.getVersion);
  const classes = useSlice('intake', (state) => state.classes);
  const dataset = useSlice('intake', (state) => state.dataset);
  const [open, setOpen] = useState<number | null>(null);
  const { ref, first, last } = useWindow<HTMLUListElement>(classes.length, ROW);
  if (classes.length === 0) return null;
  return (
    <section className="stack-s intake-plates">
      <div className="spread">
        <h2>{t('intake.plates')}</h2>
        <p className="faint">{t('intake.platesHint')}</p>
      </div>
      <ul ref={ref} style={{ height: classes.length * ROW, paddingTop: first * ROW }}>
        {classes.slice(first, last).map(({ name, count: total }, i) => {
          const index = first + i;
          const split = dataset?.classes[index];
          return (
            <li className="plate-row" key={index} style={{ height: ROW }}>
              <p className="spread">
                <button type="button" className="plate-name clip" aria-label={t('intake.openClass', { name })} onClick={() => setOpen(index)}>{name}</button>
                <span className="faint">
                  {split
                    ? [t('intake.train', { images: count(split.train) }), t('intake.test', { images: count(split.test) }), ...(split.reserve > 0 ? [t('intake.reserve', { images: count(split.reserve) })] : [])].join(' · ')
                    : count(total)}
                </span>
              </p>
              <TileStrip
                gallery={gallery} rows={gallery.rowsByClass[index] ?? none} tile={TILE} lines={2}
                label={(shown) => t('intake.plateLabel', { name, shown: count(shown), total: count(total) })}
              />
            </li>
          );
        })}
      </ul>
      {open !== null && classes[open] && <ClassDialog index={open} name={classes[open].name} total={classes[open].count} onClose={() => setOpen(null)} />}
    </section>
  );
}
