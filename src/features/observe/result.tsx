import type { Arm, BehindQuery, RunResult } from '../../../workers/protocol';
import { useText } from '../../i18n/use-text';
import { FigureButton } from '../../ui/figure-button';
import { ScrollRegion } from '../../ui/scroll-region';

/** The share by which two numbers must differ to be called different, below which both show the same digits. */
const LEVEL = 0.005;

interface Row {
  name: string;
  /** This selection, random, full data and floor. */
  values: [string, string, string, string];
  /** Images behind the number of an arm; null where there are none. */
  behind(arm: Arm): BehindQuery | null;
}

const columns = ['method', 'random', 'full'] as const satisfies readonly Arm[];
const samples = (arm: Arm): BehindQuery => ({ kind: 'samples', arm });

/**
 * Every number with its baseline beside it, and what to make of them. Runs stored before recall and copies were measured lack those rows.
 * @param onOpen shows the images behind a number.
 */
export function ResultTable({ result, onOpen }: { result: RunResult; onOpen(query: BehindQuery): void }) {
  const { t, measure, share, count, bytes, join } = useText();
  const { condensed, metrics } = result;
  const { fdDomain: fd, kid, fdRaw, encoderAccuracy, rankAgreement } = metrics;
  const difference = fd.random > 0 ? (fd.method - fd.random) / fd.random : 0;
  const verdict = Math.abs(difference) < LEVEL ? 'level' : difference < 0 ? 'better' : 'worse';
  const { recall, memorisation, precision, coverage, nnRatio, searched, features } = metrics;
  const arms = <T,>(name: string, of: Record<Arm, T> | undefined, show: (value: T) => string): Row[] =>
    (of ? [{ name, values: [show(of.method), show(of.random), show(of.full), ''], behind: samples }] : []);
  const distances = (name: string, of: Record<Arm | 'floor', number>): Row[] =>
    [{ name, values: [measure(of.method), measure(of.random), measure(of.full), measure(of.floor)], behind: samples }];
  const rows: Row[] = [
    ...distances(t('observe.result.fd'), fd),
    ...(features ? distances(features.label, features.fd) : []),
    ...arms(t('observe.result.recall'), recall, share),
    ...arms(t('observe.result.copies'), memorisation, ({ estimate, low, high }) => t('observe.result.interval', { value: share(estimate), low: share(low), high: share(high) })),
    ...arms(t('observe.result.nearest'), nnRatio, measure),
    ...arms(t('observe.result.precision'), precision, share),
    ...arms(t('observe.result.coverage'), coverage, share),
    ...arms(t('observe.result.kid'), kid, measure),
    ...(features ? arms(t('nets.kid', { label: features.label }), features.kid, measure) : []),
    {
      name: t('observe.result.raw'),
      values: [measure(fdRaw.method), t('condense.explore.randomSpread', { mean: measure(fdRaw.random.mean), sd: measure(fdRaw.random.sd), n: count(fdRaw.random.n) }), '', ''],
      // The random draws of this row are many and not stored.
      behind: (arm) => (arm === 'method' ? { kind: 'picked', arm } : null),
    },
  ];
  return (
    <section className="block stack">
      <h2>{t('observe.result.title')}</h2>
      <p className="result-lead">{join(t(`observe.result.lead.${verdict}`, { percent: share(Math.abs(difference)) }), t('observe.result.condensed', { images: count(condensed.count), bytes: bytes(condensed.bytes) }))}</p>
      <ScrollRegion label={t('observe.result.title')}>
        <table className="table result-table">
          <thead>
            <tr>
              <th scope="col">{t('observe.result.measure')}</th>
              <th scope="col" className="number">{t('observe.result.method')}</th>
              <th scope="col" className="number">{t('observe.result.random')}</th>
              <th scope="col" className="number">{t('observe.result.full')}</th>
              <th scope="col" className="number">{t('observe.result.floor')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, values, behind }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {columns.map((arm, i) => {
                  const query = values[i] === '' ? null : behind(arm);
                  return (
                    <td key={arm} className="number">
                      <FigureButton strong label={t('observe.result.open', { measure: name, arm: t(`observe.result.${arm}`), value: values[i] })} onOpen={query && (() => onOpen(query))}>{values[i]}</FigureButton>
                    </td>
                  );
                })}
                <td className="number">{values[3]}</td>
              </tr>
            ))}
            <tr>
              <th scope="row">{t('observe.result.accuracy')}</th>
              <td colSpan={4}>{t('observe.result.accuracyValue', { methods: share(encoderAccuracy.methods), judge: share(encoderAccuracy.judge) })}</td>
            </tr>
            <tr>
              <th scope="row">{t('observe.result.rank')}</th>
              <td colSpan={4}>{t('observe.result.rankValue', { global: measure(rankAgreement.global), within: measure(rankAgreement.withinClass) })}</td>
            </tr>
          </tbody>
        </table>
      </ScrollRegion>
      <div className="stack-s">
        {recall && memorisation && (
          <p className="note">{t('observe.result.beside', {
            copied: share(memorisation.method.estimate), recall: share(recall.method), copiedFull: share(memorisation.full.estimate), recallFull: share(recall.full),
          })}</p>
        )}
        <p className="note">{join(t('observe.result.n', { n: count(fd.n) }), t('observe.result.oneSeed'))}</p>
        {features && (
          <p className="note">{t('nets.counted', {
            label: features.label, n: count(features.n), reference: count(features.reference), size: count(features.inputSize), preprocessing: features.preprocessing,
          })}</p>
        )}
        {metrics.neighbours !== undefined && searched && (
          <p className="note">{t('observe.result.howCounted', { k: count(metrics.neighbours), searched: count(searched.method), searchedFull: count(searched.full) })}</p>
        )}
        <p className={metrics.judgeIsDisjoint ? 'note' : 'note warn'}>{join(t(metrics.judgeIsDisjoint ? 'observe.result.disjoint' : 'observe.result.shared'), memorisation ? '' : t('observe.result.copying'))}</p>
      </div>
    </section>
  );
}
