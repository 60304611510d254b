import type { SelectionView } from '../../../workers/protocol';
import { useText } from '../../i18n/use-text';
import { scaleEnd } from './scale';

/** Raw FD of the selection beside random subsets of the same size, on one scale. */
export function Gauge({ view }: { view: SelectionView }) {
  const { t, measure, share, count } = useText();
  const { fdRaw, randomFdRaw: random } = view;
  const end = scaleEnd(Math.max(fdRaw, random.mean + random.sd));
  const at = (value: number): string => `${Math.min(100, Math.max(0, (100 * value) / end))}%`;
  const difference = random.mean > 0 ? (fdRaw - random.mean) / random.mean : 0;
  const verdict = Math.abs(fdRaw - random.mean) <= random.sd ? 'within' : difference < 0 ? 'below' : 'above';
  return (
    <div className="gauge stack-s">
      <h2>{t('condense.explore.raw')}</h2>
      <p className="quiet">{t('condense.explore.rawText')}</p>
      <div className="gauge-scale" role="img" aria-label={t('condense.explore.gauge', { ours: measure(fdRaw), mean: measure(random.mean), sd: measure(random.sd) })}>
        <i className="gauge-random" style={{ left: at(random.mean - random.sd), right: `calc(100% - ${at(random.mean + random.sd)})` }} />
        <i className="gauge-mean" style={{ left: at(random.mean) }} />
        <i className="gauge-ours" style={{ left: at(fdRaw) }} />
        <span className="faint">0</span><span className="faint">{measure(end)}</span>
      </div>
      <dl className="gauge-values">
        <div><dt><i className="key" style={{ '--colour': 'var(--kept)' } as React.CSSProperties} />{t('condense.explore.ours')}</dt><dd>{measure(fdRaw)}</dd></div>
        <div>
          <dt><i className="key" style={{ '--colour': 'var(--random)' } as React.CSSProperties} />{t('condense.explore.random')}</dt>
          <dd>{t('condense.explore.randomSpread', { mean: measure(random.mean), sd: measure(random.sd), n: count(random.n) })}</dd>
        </div>
      </dl>
      <p>{t(`condense.explore.randomCompare.${verdict}`, { percent: share(Math.abs(difference)) })}</p>
    </div>
  );
}
