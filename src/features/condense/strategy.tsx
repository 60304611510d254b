import type { Strategy } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { useText } from '../../i18n/use-text';
import { Group, NumberField, Range, SelectField } from '../../ui/fields';
import { strategies } from './store';

/** Strategies that draw, and so give another subset under another seed. */
const drawn: readonly Strategy[] = ['random', 'stratified', 'bestof', 'match'];
const LEAST = 0.1;
const PAPER = 0.7;
const at = (value: number): number => (value - LEAST) / (1 - LEAST);

/** The rule that picks, with what it is known to do. */
export function StrategyGroup() {
  const { t } = useText();
  const studio = useStudio();
  const { strategy, multiplier, draws, strata, seed } = useSlice('condense', (state) => state.selection);
  return (
    <Group title={t('condense.strategy.title')}>
      <SelectField
        label={t('condense.strategy.label')} hint={t(`condense.strategy.notes.${strategy}`)} value={strategy}
        options={strategies.map((value) => ({ value, label: t(`condense.strategy.names.${value}`) }))} onChange={(value) => studio.select({ strategy: value })}
      />
      {strategy === 'interval' && (
        <div className="field">
          <span className="label spread"><span>{t('condense.strategy.multiplier')}</span><strong>{multiplier.toFixed(2)}</strong></span>
          <Range
            label={t('condense.strategy.multiplier')} least={LEAST} most={1} step={0.05} value={multiplier} spoken={multiplier.toFixed(2)}
            ticks={[{ at: at(PAPER), label: t('condense.strategy.paper') }, { at: at(1), label: t('condense.strategy.whole') }]}
            onChange={(value) => studio.select({ multiplier: Number(value.toFixed(2)) })}
          />
          <span className="hint">{t('condense.strategy.multiplierNote')}</span>
        </div>
      )}
      {strategy === 'bestof' && (
        <NumberField
          label={t('condense.strategy.draws')} hint={t('condense.strategy.drawsNote')} value={draws} least={2} most={1024} step={1}
          onChange={(value) => studio.select({ draws: Math.round(value) })}
        />
      )}
      {strategy === 'match' && (
        <NumberField
          label={t('condense.strategy.strata')} hint={t('condense.strategy.strataNote')} value={strata ?? 1} least={1} most={50} step={1}
          onChange={(value) => studio.select({ strata: Math.round(value) })}
        />
      )}
      {drawn.includes(strategy) && (
        <NumberField
          label={t('condense.strategy.seed')} hint={t('condense.strategy.seedNote')} value={seed} least={0} most={0xffffffff} step={1}
          onChange={(value) => studio.select({ seed: Math.round(value) })}
        />
      )}
    </Group>
  );
}
