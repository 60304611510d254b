import { useState } from 'react';
import type { Arm } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { useStageName } from '../../app/narration';
import { useText } from '../../i18n/use-text';
import { Chart, type ChartSeries } from '../../ui/chart';
import { SelectField } from '../../ui/fields';
import { smooth, type Series } from './series';

const arms: readonly { arm: Arm; colour: `--${string}` }[] = [
  { arm: 'full', colour: '--full' }, { arm: 'random', colour: '--random' }, { arm: 'method', colour: '--kept' },
];

const FD_HEIGHT = 300;
const SMALL_HEIGHT = 190;

/** FD while the same model trains on the selection, on a random subset and on everything. */
export function FdCurve() {
  const { t, measure, count, join, list } = useText();
  const { telemetry } = useStudio();
  useSlice('run', (state) => state.version);
  const floor = useSlice('run', (state) => state.result?.metrics.fdDomain.floor ?? null);
  const known = arms.flatMap(({ arm, colour }) => {
    const series = telemetry.series.get(`curve:${arm}`)?.get('fd');
    return series && series.length > 0 ? [{ arm, colour, series }] : [];
  });
  const title = t('observe.curve.title');
  if (known.length === 0) {
    return <section className="stack-s"><h2>{title}</h2><p className="quiet">{t('observe.curve.none')}</p></section>;
  }
  const latest = known.toReversed().map(({ arm, series }) =>
    t('observe.curve.one', { arm: t(`observe.curve.arms.${arm}`), fd: measure(series.last), step: count(series.x[series.length - 1]) }));
  const sentence = join(t('observe.curve.sentence', { latest: list(latest) }), floor === null ? '' : t('observe.curve.floor', { floor: measure(floor) }));
  return (
    <section className="stack-s">
      <Chart
        title={title} sentence={sentence} height={FD_HEIGHT} level={2} band={floor === null ? null : { to: floor, label: t('observe.curve.floorKey') }}
        series={known.map(({ arm, colour, series }): ChartSeries => ({
          label: t(`observe.curve.arms.${arm}`), x: [...series.x], y: [...series.y], colour, points: true, width: arm === 'method' ? 2.5 : 1.75,
        }))}
      />
    </section>
  );
}

type Plain = 'learningRate' | 'stepsPerSecond' | 'accuracy';
const isPlain = (name: string): name is Plain => ['learningRate', 'stepsPerSecond', 'accuracy'].includes(name);

function LossChart({ series }: { series: Series }) {
  const { t, measure } = useText();
  const smoothed = smooth(series.y);
  return (
    <Chart
      title={t('observe.loss.title')} height={SMALL_HEIGHT}
      sentence={t('observe.loss.sentence', { now: measure(smoothed[smoothed.length - 1]), first: measure(series.first) })}
      series={[
        { label: t('observe.loss.raw'), x: [...series.x], y: [...series.y], colour: '--ink-3', width: 1, alpha: 0.4 },
        { label: t('observe.loss.smooth'), x: [...series.x], y: smoothed, colour: '--ink', width: 2 },
      ]}
    />
  );
}

/** Loss, learning rate, speed and accuracy of one stage. */
export function TrainingCharts() {
  const { t, measure } = useText();
  const { telemetry } = useStudio();
  const stageName = useStageName();
  useSlice('run', (state) => state.version);
  const current = useSlice('run', (state) => state.current);
  const [chosen, setChosen] = useState<string | null>(null);
  const stages = [...telemetry.series].filter(([, named]) => named.has('loss')).map(([stage]) => stage);
  const latest = current !== null && stages.includes(current) ? current : stages[stages.length - 1];
  const stage = chosen !== null && stages.includes(chosen) ? chosen : latest;
  const named = stage === undefined ? undefined : telemetry.series.get(stage);
  const loss = named?.get('loss');
  return (
    <section className="block stack">
      <div className="spread">
        <h2>{t('observe.charts')}</h2>
        {stage !== undefined && stages.length > 1 && (
          <SelectField
            label={t('observe.series')} value={stage} options={stages.map((value) => ({ value, label: stageName(value) }))} onChange={setChosen}
          />
        )}
      </div>
      {!loss || !named ? <p className="quiet">{t('observe.noSeries')}</p> : (
        <div className="training-charts">
          <LossChart series={loss} />
          {[...named].map(([name, series]) => isPlain(name) && (
            <Chart
              key={name} title={t(`observe.${name}.title`)} sentence={t(`observe.${name}.sentence`, { now: measure(series.last) })} height={SMALL_HEIGHT}
              series={[{ label: t(`observe.${name}.title`), x: [...series.x], y: [...series.y], colour: '--ink' }]}
            />
          ))}
        </div>
      )}
    </section>
  );
}
