import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { useSlice } from '../../app/context';
import { useText } from '../../i18n/use-text';
import { prepareCanvas, resolveColour } from '../../ui/canvas';
import { SelectField } from '../../ui/fields';
import { useScheme } from '../../ui/use-scheme';
import { useSize } from '../../ui/use-size';
import { histogramOf, type Histogram } from './histogram';

const BINS = 72;
const TABLE_BINS = 12;
const HEIGHT = 180;
const RUG = 16;

function draw(canvas: HTMLCanvasElement, histogram: Histogram, width: number): void {
  const context = prepareCanvas(canvas, width, HEIGHT);
  const host = canvas.parentElement;
  if (!context || !host) return;
  const [bar, kept, line] = ['--bar', '--kept', '--line-strong'].map((name) => resolveColour(host, name));
  const base = HEIGHT - RUG - 4;
  const most = histogram.counts.reduce((a, b) => Math.max(a, b), 1);
  const step = width / histogram.counts.length;
  histogram.counts.forEach((value, i) => {
    const x = Math.round(i * step);
    const wide = Math.max(1, Math.round((i + 1) * step) - x - 1);
    context.fillStyle = bar;
    const tall = (value / most) * base;
    context.fillRect(x, base - tall, wide, tall);
    context.fillStyle = kept;
    const marked = (histogram.picked[i] / most) * base;
    context.fillRect(x, base - marked, wide, marked);
  });
  context.fillStyle = line;
  context.fillRect(0, base, width, 1);
  // One tick a pick below the axis: where the marks are sparse, single images can be told apart.
  context.fillStyle = kept;
  const span = histogram.end - histogram.least || 1;
  context.globalAlpha = histogram.pickedScores.length > 400 ? 0.35 : 0.9;
  for (const score of histogram.pickedScores) context.fillRect(Math.min(1, (score - histogram.least) / span) * (width - 1), base + 4, 1, RUG - 4);
  context.globalAlpha = 1;
}

/** Difficulty of every image with the picks marked; moves with the slider. */
export function HistogramFigure() {
  const { t, measure, count } = useText();
  const scores = useSlice('explore', (state) => state.scores);
  const positionOf = useSlice('explore', (state) => state.positionOf);
  const view = useSlice('explore', (state) => state.view);
  const [classIndex, setClassIndex] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(host);
  const scheme = useScheme();
  const id = useId();
  const bins = asTable ? TABLE_BINS : BINS;
  const histogram = useMemo(
    () => (scores ? histogramOf(scores, view?.picked ?? [], positionOf, classIndex, bins) : null),
    [scores, view, positionOf, classIndex, bins],
  );
  useEffect(() => {
    if (canvas.current && histogram && width > 0) draw(canvas.current, histogram, width);
  }, [histogram, width, scheme, asTable]);
  if (!scores || !histogram) return null;
  const binWidth = (histogram.end - histogram.least) / bins;
  const sentence = t('condense.histogram.sentence', {
    min: measure(histogram.least), max: measure(histogram.most), median: measure(histogram.median), picked: count(histogram.pickedScores.length),
  });
  return (
    <figure className="chart" aria-labelledby={id}>
      <div className="spread">
        <h2 id={id}>{t('condense.histogram.title')}</h2>
        <button
          type="button" className="button small plain" aria-pressed={asTable} aria-label={`${t('app.table')}: ${t('condense.histogram.title')}`}
          onClick={() => setAsTable(!asTable)}
        >
          {t(asTable ? 'app.chart' : 'app.table')}
        </button>
      </div>
      <figcaption className="quiet">{sentence}</figcaption>
      <div ref={host}>
        {asTable ? (
          <table className="table">
            <thead>
              <tr>
                <th scope="col" className="number">{t('condense.histogram.from')}</th><th scope="col" className="number">{t('condense.histogram.to')}</th>
                <th scope="col" className="number">{t('condense.histogram.images')}</th><th scope="col" className="number">{t('condense.histogram.picked')}</th>
              </tr>
            </thead>
            <tbody>
              {Array.from(histogram.counts, (value, i) => (
                <tr key={i}>
                  <td className="number">{measure(histogram.least + i * binWidth)}</td><td className="number">{measure(i === bins - 1 ? histogram.most : histogram.least + (i + 1) * binWidth)}</td>
                  <td className="number">{count(value)}</td><td className="number">{count(histogram.picked[i])}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : (
          <>
            <canvas ref={canvas} role="img" aria-label={`${t('condense.histogram.label')}. ${sentence}`} style={{ width: '100%', height: HEIGHT }} />
            <p className="spread faint" aria-hidden="true"><span>{measure(histogram.least)}</span><span>{histogram.end < histogram.most ? t('condense.histogram.beyond', { from: measure(histogram.end), to: measure(histogram.most) }) : measure(histogram.most)}</span></p>
          </>
        )}
      </div>
      {scores.classNames.length > 1 && (
        <div className="histogram-class">
          <SelectField
            label={t('condense.histogram.classes')} value={classIndex === null ? '' : String(classIndex)}
            options={[{ value: '', label: t('condense.histogram.all') }, ...scores.classNames.map((name, i) => ({ value: String(i), label: name }))]}
            onChange={(value) => setClassIndex(value === '' ? null : Number(value))}
          />
        </div>
      )}
    </figure>
  );
}
