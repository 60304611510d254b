import { useMemo, useState } from 'react';
import { useSlice, useStudio } from '../../app/context';
import { useText } from '../../i18n/use-text';
import { Dialog } from '../../ui/dialog';
import { TileGrid } from '../../ui/tile-grid';
import { TileStrip } from '../../ui/tile-strip';
import { useWindow } from '../../ui/use-window';
import { rankedPicks } from './histogram';

const TILE = 40;
const ROW = 82;

/** The picked images of each class from easy to hard. */
export function PickStrips() {
  const { t, count, measure } = useText();
  const { gallery } = useStudio();
  const scores = useSlice('explore', (state) => state.scores);
  const positionOf = useSlice('explore', (state) => state.positionOf);
  const view = useSlice('explore', (state) => state.view);
  const [open, setOpen] = useState<number | null>(null);
  const picks = useMemo(() => (scores && view ? rankedPicks(scores, view.picked, positionOf) : []), [scores, view, positionOf]);
  const { ref, first, last } = useWindow<HTMLUListElement>(picks.length, ROW);
  if (!scores) return null;
  const describe = (row: number): string => {
    const info = gallery.info(row);
    return info ? t('condense.explore.pick', { path: info.path, score: measure(scores.scores[positionOf[row]]) }) : t('app.loading');
  };
  return (
    <section aria-label={t('observe.picks')}>
      <ul ref={ref} style={{ height: picks.length * ROW, paddingTop: first * ROW }}>
        {picks.slice(first, last).map((rows, i) => {
          const index = first + i;
          const name = scores.classNames[index];
          return (
            <li className="plate-row" key={index} style={{ height: ROW }}>
              <p className="spread">
                <button type="button" className="plate-name clip" aria-label={t('condense.explore.showAll', { name })} onClick={() => setOpen(index)}>{name}</button>
                <span className="faint">{count(rows.length)}</span>
              </p>
              <TileStrip
                spread gallery={gallery} rows={rows} tile={TILE} lines={1}
                label={() => t('condense.explore.rowLabel', { name, images: count(rows.length) })}
              />
            </li>
          );
        })}
      </ul>
      {open !== null && picks[open] && (
        <Dialog title={t('condense.explore.picksOf', { name: scores.classNames[open] })} shape="plate" onClose={() => setOpen(null)}>
          <TileGrid
            gallery={gallery} rows={picks[open]} label={t('condense.explore.picksOf', { name: scores.classNames[open] })} help={t('intake.gridHelp')} describe={describe}
          />
        </Dialog>
      )}
    </section>
  );
}
