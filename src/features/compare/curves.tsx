import { useState } from 'react';
import type { Arm, RunSummary } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { useText } from '../../i18n/use-text';
import { SelectField } from '../../ui/fields';
import { ManyCurves, type RunCurve } from '../../ui/many-curves';
import { nameOf } from './words';

const measures = ['fd', 'kid', 'recall'] as const;
type Measure = (typeof measures)[number];

interface Points {
  x: number[];
  y: number[];
}

function pointsOf(run: RunSummary, arm: Arm, measure: Measure): Points {
  const points = (run.result?.metrics.curves[arm] ?? []).flatMap((point) => {
    const value = point[measure];
    return value === undefined ? [] : [{ x: point.step, y: value }];
  });
  return { x: points.map(({ x }) => x), y: points.map(({ y }) => y) };
}

/** One curve a run, however many: one is brought out, with its random opponent, and the others stand back. */
export function RunCurves({ runs }: { runs: readonly RunSummary[] }) {
  const { t, measure: format } = useText();
  const studio = useStudio();
  const marked = useSlice('compare', (state) => state.marked);
  const [measure, setMeasure] = useState<Measure>('fd');
  const started = runs.toSorted((a, b) => a.createdAt - b.createdAt);
  const curves = started.flatMap((run, colour): RunCurve[] => {
    const { x, y } = pointsOf(run, 'method', measure);
    return x.length === 0 ? [] : [{ id: run.id, label: nameOf(run), colour, x, y, beside: pointsOf(run, 'random', measure) }];
  });
  const last = ({ y }: RunCurve): number => y[y.length - 1];
  const ranked = curves.toSorted((a, b) => (measure === 'recall' ? last(b) - last(a) : last(a) - last(b)));
  const [best, worst] = [ranked[0], ranked[ranked.length - 1]];
  const name = t(`compare.curves.${measure}`);
  const sentence = !best ? t('compare.curves.none') : ranked.length === 1
    ? t('compare.curves.one', { measure: name, best: best.label, value: format(last(best)) })
    : t('compare.curves.sentence', { measure: name, best: best.label, value: format(last(best)), worst: worst.label, last: format(last(worst)) });
  return (
    <section className="block stack">
      <ManyCurves
        title={t('compare.curves.title')} sentence={sentence} curves={curves} marked={marked} onMark={(id) => studio.compare.getState().mark(id)}
        legend={t('compare.curves.runs')} beside={t('compare.curves.random')}
        spoken={(curve) => t('compare.curves.mark', { run: curve.label, value: format(last(curve)) })}
      >
        <SelectField
          label={t('compare.curves.measure')} value={measure} options={measures.map((value) => ({ value, label: t(`compare.curves.${value}`) }))} onChange={(value) => setMeasure(value)}
        />
      </ManyCurves>
    </section>
  );
}
