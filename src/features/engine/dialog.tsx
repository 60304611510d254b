import type { EngineKind } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { useText } from '../../i18n/use-text';
import { Dialog } from '../../ui/dialog';
import { Segments } from '../../ui/fields';
import { ScrollRegion } from '../../ui/scroll-region';
import { isActive } from '../observe/store';
import { EngineCounters } from './figures';

/** Which engine computes, why, what it costs, and the proof that it computes rightly. */
export default function EngineDialog({ onClose }: { onClose(): void }) {
  const { t, tell, measure, tick } = useText();
  const studio = useStudio();
  const { verdict, failure, opening, wanted } = useSlice('engine', (state) => state);
  const busy = useSlice('run', (state) => isActive(state.status));
  const choices: readonly ('auto' | EngineKind)[] = ['auto', 'webgpu', 'wasm'];
  return (
    <Dialog title={t('engine.title')} shape="sheet" onClose={onClose}>
      <div className="stack">
        {failure && <p className="note bad">{tell(failure)}</p>}
        {opening && <p role="status">{t('engine.opening')}</p>}
        {verdict && (
          <dl className="stack">
            <div><dt className="faint">{t('engine.title')}</dt><dd>{t(`engine.kinds.${verdict.kind}`)}{verdict.kind === 'wasm' && <>, {t('engine.threads', { count: verdict.threads })}</>}</dd></div>
            <div><dt className="faint">{t('engine.adapter')}</dt><dd>{verdict.adapter}</dd></div>
            <div><dt className="faint">{t('engine.reason')}</dt><dd>{tell({ code: verdict.reasonCode, sentence: verdict.reason, params: {} })}</dd></div>
            {verdict.kind === 'wasm' && verdict.threads === 1 && verdict.threadsReasonCode && (
              <div><dt className="faint">{t('engine.oneThread')}</dt><dd>{tell({ code: verdict.threadsReasonCode, sentence: verdict.threadsReason ?? '', params: {} })}</dd></div>
            )}
          </dl>
        )}
        <Segments
          label={t('engine.use')} value={wanted} hint={busy ? t('engine.busy') : undefined}
          options={choices.map((value) => ({ value, label: value === 'auto' ? t('engine.auto') : t(`engine.kinds.${value}`) }))}
          onChange={(engine) => {
            if (!busy && !opening) void studio.chooseEngine(engine);
          }}
        />
        <EngineCounters />
        {verdict && verdict.selfTest.length > 0 && (
          <section className="stack-s">
            <h3>{t('engine.selfTest')}</h3>
            <p className="quiet">{t('engine.selfTestText')}</p>
            <ScrollRegion label={t('engine.selfTest')}>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{t('engine.check')}</th><th scope="col" className="number">{t('engine.error')}</th>
                    <th scope="col" className="number">{t('engine.bound')}</th><th scope="col">{t('engine.outcome')}</th>
                  </tr>
                </thead>
                <tbody>
                  {verdict.selfTest.map(({ name, error, bound }) => (
                    <tr key={name}>
                      <th scope="row">{t(`engine.checks.${name as 'value'}`, { defaultValue: name })}</th><td className="number">{measure(error)}</td><td className="number">{tick(bound)}</td>
                      <td>{t(error <= bound ? 'engine.passed' : 'engine.missed')}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollRegion>
          </section>
        )}
      </div>
    </Dialog>
  );
}
