import { useSlice } from '../../app/context';
import { useText } from '../../i18n/use-text';

/** Whether the ranking would come out the same under other noise. */
export function Agreement() {
  const { t, measure } = useText();
  const scores = useSlice('explore', (state) => state.scores);
  const runId = useSlice('run', (state) => state.runId);
  const explored = useSlice('explore', (state) => state.runId);
  if (!scores || explored !== runId) return null;
  const { global, withinClass } = scores.rankAgreement;
  return (
    <section className="group stack-s">
      <h2>{t('observe.scores.title')}</h2>
      <dl className="facts">
        <div><dt>{t('observe.scores.global')}</dt><dd>{measure(global)}</dd></div>
        <div><dt>{t('observe.scores.within')}</dt><dd>{measure(withinClass)}</dd></div>
      </dl>
      <p className="faint">{t('observe.scores.text', { global: measure(global), within: measure(withinClass) })}</p>
    </section>
  );
}
