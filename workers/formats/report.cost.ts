import type { Arm, Interval, RunResult, Spread, StudentFigures } from '../protocol';
import { differenceInterval, meanInterval } from './facts.intervals';
import { metricRows, verdicts, type ExportFacts } from './facts';
import { bullets, chart, paragraph, section, subtitle, table } from './report.html';
import type { Tongue } from './report.tongue';
import { curveChart } from './svg';
import { accuracyChart } from './svg.bars';

const ARMS: readonly Arm[] = ['method', 'random', 'full'];

/** The curves with the sentence of where they end and the table behind them. */
function curves({ curves: points, fdDomain }: RunResult['metrics'], tongue: Tongue): string {
  const { words, figure, count, list } = tongue;
  const say = words.cost;
  const drawn = curveChart(points, fdDomain.floor, tongue);
  if (drawn === '') return '';
  const steps = [...new Set(ARMS.flatMap((arm) => points[arm].map(({ step }) => step)))].sort((a, b) => a - b);
  const order = ARMS.toSorted((a, b) => fdDomain[a] - fdDomain[b]).map((arm) => `${words.arms[arm]} ${figure(fdDomain[arm])}`);
  const rows = steps.map((step) => [count(step), ...ARMS.map((arm) => {
    const point = points[arm].find((each) => each.step === step);
    return point ? figure(point.fd) : '';
  })]);
  return [
    subtitle(say.curve),
    chart(drawn, say.curveSentence(count(steps[steps.length - 1]), list(order), figure(fdDomain.floor))),
    table(say.curve, [say.step, ...ARMS.map((arm) => words.arms[arm])], rows),
  ].join('\n');
}

function students(figures: StudentFigures, tongue: Tongue): string {
  const { words, percent, points, count, join } = tongue;
  const say = words.students;
  const interval = (spread: Spread): string => {
    const found: Interval | null = meanInterval(spread);
    return found ? words.metrics.interval(percent(found.estimate), percent(found.low), percent(found.high)) : percent(spread.mean);
  };
  const difference = ({ mean, sd, n }: Spread): string => (n > 1 ? `${points(mean)} ± ${points(sd).replace(/^\+/, '')}` : points(mean));
  const rows = (['method', 'random', 'packed', 'full'] as const).flatMap((arm) => {
    const found = figures[arm];
    return found ? [[arm === 'packed' ? say.packed : words.arms[arm], count(found.images), interval(found.hard), interval(found.soft)]] : [];
  });
  const lost = differenceInterval(figures.full.hard, figures.method.hard);
  const loss = figures.full.hard.mean - figures.method.hard.mean;
  const bare = (share: number) => points(share).replace(/^\+/, '');
  const lossText = lost ? say.lossInterval(bare(lost.estimate), bare(lost.low), bare(lost.high)) : bare(loss);
  return [
    subtitle(say.title),
    chart(accuracyChart(figures, tongue), join(say.sentence(difference(figures.gain.hard), difference(figures.gain.soft)), say.loss(lossText))),
    table(say.caption(String(figures.method.hard.n)), [say.set, say.images, say.hard, say.soft], rows),
    paragraph(join(say.protocol(count(figures.steps), String(figures.temperature), percent(figures.teacher)), figures.packed ? say.packedNote : '', figures.method.hard.n < 2 ? say.oneSeed : '')),
  ].join('\n');
}

/** What it cost in quality: distances, recall, copies and accuracies, each beside its baselines. */
export function costSection(facts: ExportFacts, tongue: Tongue): string {
  const { words, figure, percent, count } = tongue;
  const say = words.cost;
  if (facts.result === null) return section(say.title, paragraph(facts.unmeasured === '' ? words.notMeasured : words.unmeasured[facts.unmeasured]));
  const { metrics } = facts.result;
  const { fdDomain, recall } = metrics;
  const images = count(facts.dataset.trainImages);
  const { columns } = words;
  return section(
    say.title,
    paragraph(recall
      ? say.sentenceRecall(figure(fdDomain.method), percent(recall.method), images, figure(fdDomain.full), percent(recall.full))
      : say.sentence(figure(fdDomain.method), images, figure(fdDomain.full)), 'lead'),
    table(say.caption, [columns.figure, columns.method, columns.random, columns.full, columns.floor],
      metricRows(facts.result, tongue).map((row) => [row.name, row.method, row.random, row.full, row.floor])),
    bullets(verdicts(facts.result, tongue)),
    curves(metrics, tongue),
    metrics.students ? students(metrics.students, tongue) : '',
  );
}
