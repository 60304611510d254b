import type { BehindQuery, Spread, StudentArm, StudentFigures } from '../../../workers/protocol';
import { useText } from '../../i18n/use-text';
import { FigureButton } from '../../ui/figure-button';
import { ScrollRegion } from '../../ui/scroll-region';

const LABELS = ['hard', 'soft'] as const;

/**
 * Accuracy of small classifiers trained on each set, with both kinds of labels, and what a difference from random is worth.
 * @param onOpen shows the images that students got wrong.
 */
export function StudentsTable({ students, onOpen }: { students: StudentFigures; onOpen(query: BehindQuery): void }) {
  const { t, points, count, measure, join } = useText();
  const { method, random, full, packed, gain, labelRobustScore, teacher, steps, temperature } = students;
  // One student has no spread, and a zero would pretend that it had none to speak of.
  const spread = ({ mean, sd, n }: Spread): string =>
    (n > 1 ? t('observe.students.spread', { mean: points(mean), sd: points(sd), n: count(n) }) : t('observe.students.single', { mean: points(mean) }));
  const arms: { arm: StudentArm; name: string; of: StudentFigures['method'] }[] = [
    { arm: 'method', name: t('observe.result.method'), of: method },
    { arm: 'random', name: t('observe.result.random'), of: random },
    ...(packed ? [{ arm: 'packed' as const, name: t('observe.students.packed', { images: count(packed.images) }), of: packed }] : []),
    { arm: 'full', name: t('observe.result.full'), of: full },
  ];
  const difference = ({ mean, sd, n }: Spread): string =>
    (n > 1 ? t('observe.students.points', { mean: points(mean, true), sd: points(sd) }) : t('observe.students.singlePoints', { mean: points(mean, true) }));
  return (
    <section className="block stack">
      <h2>{t('observe.students.title')}</h2>
      <p className="result-lead">{t('observe.students.lead', { hard: difference(gain.hard), soft: difference(gain.soft) })}</p>
      <ScrollRegion label={t('observe.students.title')}>
        <table className="table result-table">
          <thead>
            <tr>
              <th scope="col">{t('observe.students.labels')}</th>
              {arms.map(({ arm, name }) => <th key={arm} scope="col" className="number">{name}</th>)}
              <th scope="col" className="number">{t('observe.students.score')}</th>
            </tr>
          </thead>
          <tbody>
            {LABELS.map((labels) => (
              <tr key={labels}>
                <th scope="row">{t(`observe.students.${labels}`)}</th>
                {arms.map(({ arm, name, of }) => (
                  <td key={arm} className="number">
                    <FigureButton
                      strong label={t('observe.result.open', { measure: t(`observe.students.${labels}`), arm: name, value: spread(of[labels]) })}
                      onOpen={() => onOpen({ kind: 'confused', arm, labels })}
                    >
                      {spread(of[labels])}
                    </FigureButton>
                  </td>
                ))}
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
