import type { Spread, StudentFigures } from '../../../workers/protocol';
import { useText } from '../../i18n/use-text';
import { ScrollRegion } from '../../ui/scroll-region';

const LABELS = ['hard', 'soft'] as const;

/** Accuracy of small classifiers trained on each set, with both kinds of labels, and what a difference from random is worth. */
export function StudentsTable({ students }: { students: StudentFigures }) {
  const { t, points, count, measure, join } = useText();
  const { method, random, full, packed, gain, labelRobustScore, teacher, steps, temperature } = students;
  const spread = ({ mean, sd, n }: Spread): string => t('observe.students.spread', { mean: points(mean), sd: points(sd), n: count(n) });
  const difference = ({ mean, sd }: Spread): string => t('observe.students.points', { mean: points(mean, true), sd: points(sd) });
  return (
    <section className="block stack">
      <h2>{t('observe.students.title')}</h2>
      <p className="result-lead">{t('observe.students.lead', { hard: difference(gain.hard), soft: difference(gain.soft) })}</p>
      <ScrollRegion label={t('observe.students.title')}>
        <table className="table result-table">
          <thead>
            <tr>
              <th scope="col">{t('observe.students.labels')}</th>
              <th scope="col" className="number">{t('observe.result.method')}</th>
              <th scope="col" className="number">{t('observe.result.random')}</th>
              {packed && <th scope="col" className="number">{t('observe.students.packed', { images: count(packed.images) })}</th>}
              <th scope="col" className="number">{t('observe.result.full')}</th>
              <th scope="col" className="number">{t('observe.students.score')}</th>
            </tr>
          </thead>
          <tbody>
            {LABELS.map((labels) => (
              <tr key={labels}>
                <th scope="row">{t(`observe.students.${labels}`)}</th>
                <td className="number">{spread(method[labels])}</td>
                <td className="number">{spread(random[labels])}</td>
                {packed && <td className="number">{spread(packed[labels])}</td>}
                <td className="number">{spread(full[labels])}</td>
                <td className="number">{measure(labelRobustScore[labels])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
      <div className="stack-s">
        <p className="note">{join(
          t('observe.students.protocol', { steps: count(steps), temperature: count(temperature), n: count(method.hard.n) }),
          t('observe.students.ceiling', { teacher: t('observe.students.percent', { points: points(teacher) }) }),
        )}</p>
        <p className="note">{join(t('observe.students.softNote'), packed ? t('observe.students.packedNote') : '')}</p>
      </div>
    </section>
  );
}
