import type { Arm, RunResult } from '../../../workers/protocol';
import { useText } from '../../i18n/use-text';
import { ScrollRegion } from '../../ui/scroll-region';

/** The share by which two numbers must differ to be called different, below which both show the same digits. */
const LEVEL = 0.005;

/** Measure, then this selection, random, full data and floor. */
type Row = [string, string, string, string, string];

/** Every number with its baseline beside it, and what to make of them. Runs stored before recall and copies were measured lack those rows. */
export function ResultTable({ result }: { result: RunResult }) {
  const { t, measure, share, count, bytes, join } = useText();
  const { condensed, metrics } = result;
  const { fdDomain: fd, kid, fdRaw, encoderAccuracy, rankAgreement } = metrics;
  const difference = fd.random > 0 ? (fd.method - fd.random) / fd.random : 0;
  const verdict = Math.abs(difference) < LEVEL ? 'level' : difference < 0 ? 'better' : 'worse';
  const { recall, memorisation, precision, coverage, nnRatio, searched, features } = metrics;
  const arms = <T,>(name: string, of: Record<Arm, T> | undefined, show: (value: T) => string): Row[] =>
    (of ? [[name, show(of.method), show(of.random), show(of.full), '']] : []);
  const rows: Row[] = [
    [t('observe.result.fd'), measure(fd.method), measure(fd.random), measure(fd.full), measure(fd.floor)],
    ...(features ? [[features.label, measure(features.fd.method), measure(features.fd.random), measure(features.fd.full), measure(features.fd.floor)] satisfies Row] : []),
    ...arms(t('observe.result.recall'), recall, share),
    ...arms(t('observe.result.copies'), memorisation, ({ estimate, low, high }) => t('observe.result.interval', { value: share(estimate), low: share(low), high: share(high) })),
    ...arms(t('observe.result.nearest'), nnRatio, measure),
    ...arms(t('observe.result.precision'), precision, share),
    ...arms(t('observe.result.coverage'), coverage, share),
    ...arms(t('observe.result.kid'), kid, measure),
    ...(features ? arms(t('nets.kid', { label: features.label }), features.kid, measure) : []),
    [t('observe.result.raw'), measure(fdRaw.method), t('condense.explore.randomSpread', { mean: measure(fdRaw.random.mean), sd: measure(fdRaw.random.sd), n: count(fdRaw.random.n) }), '', ''],
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
            {rows.map(([name, ...values]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {values.map((value, i) => <td key={i} className="number">{value}</td>)}
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
