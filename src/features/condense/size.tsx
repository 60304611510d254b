import { useMemo } from 'react';
import type { DataSetSummary } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { useText } from '../../i18n/use-text';
import { Group, NumberField, Range } from '../../ui/fields';
import { keptCount, keptPercent, ladder, nearestStop, perClassForBytes, perClassForPercent, ticks } from './sizes';

const MEGA = 1e6;

/** A value as a number field holds it: few digits, and none of them lost to the language's separators. */
const short = (value: number): number => Number(value.toPrecision(value >= 100 ? 4 : 3));

/** One quantity with three faces, on one logarithmic slider. */
export function SizeGroup({ dataset }: { dataset: DataSetSummary }) {
  const { t, count, bytes, share } = useText();
  const studio = useStudio();
  const perClass = useSlice('condense', (state) => state.selection.imagesPerClass);
  const view = useSlice('explore', (state) => state.view);
  const counts = useMemo(() => dataset.classes.map(({ train }) => train), [dataset]);
  const most = Math.max(1, ...counts);
  const stops = useMemo(() => ladder(most), [most]);
  const marks = useMemo(() => ticks(stops), [stops]);

  const measured = view !== null && view.picked.length > 0;
  const bytesPerImage = measured ? view.bytes / view.picked.length : dataset.size ** 2 * dataset.channels;
  const kept = keptCount(perClass, counts);
  const percent = keptPercent(perClass, counts);
  const set = (imagesPerClass: number): void => studio.select({ imagesPerClass: Math.min(most, Math.max(1, Math.round(imagesPerClass))) });

  return (
    <Group title={t('condense.size.title')}>
      <p className="condense-count">
        <strong>{count(kept)}</strong>{' '}
        <span className="quiet">{t('condense.size.total', { total: count(counts.reduce((sum, n) => sum + n, 0)) })}</span>
      </p>
      <Range
        label={t('condense.size.slider')} least={0} most={stops.length - 1} step={1} value={nearestStop(perClass, stops)}
        spoken={t('condense.size.spoken', { perClass: count(perClass), images: count(kept), percent: share(percent / 100), bytes: bytes(kept * bytesPerImage) })}
        ticks={marks.map(({ value, at }) => ({ at, label: count(value) }))} onChange={(stop) => set(stops[stop])}
      />
      <div className="triple">
        <NumberField label={t('condense.size.perClass')} value={perClass} least={1} most={most} step={1} onChange={set} />
        <NumberField label={t('condense.size.percent')} value={short(percent)} least={0} most={100} onChange={(value) => set(perClassForPercent(value, counts))} />
        <NumberField
          label={t(measured ? 'condense.size.megabytes' : 'condense.size.megabytesRaw')} value={short((kept * bytesPerImage) / MEGA)} least={0}
          onChange={(value) => set(perClassForBytes(value * MEGA, counts, bytesPerImage))}
        />
      </div>
      {!measured && <p className="faint">{t('condense.size.rawNote')}</p>}
      {counts.some((n) => n < perClass) && <p className="note">{t('condense.size.short', { perClass: count(perClass) })}</p>}
    </Group>
  );
}
