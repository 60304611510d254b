import { useSlice } from '../../app/context';
import { NoData } from '../../app/no-data';
import { useText } from '../../i18n/use-text';
import { Plates } from '../intake/plates';
import '../intake/intake.css';
import { FeatureNetGroup } from '../nets/group';
import { AdvancedOptions } from './advanced';
import './condense.css';
import { EffortGroup } from './effort';
import { ForecastGroup } from './forecast';
import { Selection } from './selection';
import { SizeGroup } from './size';
import { StrategyGroup } from './strategy';

/** How small, which images, how thorough; the picture shows what stays. */
export default function CondensePanel() {
  const { t } = useText();
  const dataset = useSlice('intake', (state) => state.dataset);
  const explored = useSlice('explore', (state) => state.runId !== null);
  if (!dataset) return <NoData />;
  return (
    <div className="bench controls-first">
      <div className="picture">
        {explored ? <Selection /> : (
          <>
            <div className="stack-s">
              <h1>{t('condense.explore.before')}</h1>
              <p className="quiet">{t('condense.explore.beforeText')}</p>
            </div>
            <Plates />
          </>
        )}
      </div>
      <aside className="controls" aria-label={t('condense.title')}>
        <SizeGroup dataset={dataset} />
        <StrategyGroup />
        <EffortGroup />
        <FeatureNetGroup />
        <AdvancedOptions />
        <ForecastGroup dataset={dataset} />
      </aside>
    </div>
  );
}
