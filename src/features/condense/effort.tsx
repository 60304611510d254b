import { useSlice, useStudio } from '../../app/context';
import { useText } from '../../i18n/use-text';
import { Group, NumberField, Segments, SelectField } from '../../ui/fields';
import { presets } from './store';

/** How long to train, on what, from which seed. */
export function EffortGroup() {
  const { t } = useText();
  const studio = useStudio();
  const preset = useSlice('condense', (state) => state.preset);
  const engine = useSlice('condense', (state) => state.engine);
  const seed = useSlice('condense', (state) => state.seed);
  const { setEffort } = studio.condense.getState();
  return (
    <Group title={t('condense.effort.title')}>
      <Segments
        label={t('condense.effort.preset')} hint={t(`condense.effort.notes.${preset}`)} value={preset}
        options={presets.map((value) => ({ value, label: t(`condense.effort.presets.${value}`) }))} onChange={(value) => setEffort({ preset: value })}
      />
      <div className="pair">
        <SelectField
          label={t('condense.effort.engine')} value={engine}
          options={(['auto', 'webgpu', 'wasm'] as const).map((value) => ({ value, label: t(`condense.effort.engines.${value}`) }))} onChange={(value) => void studio.chooseEngine(value)}
        />
        <NumberField
          label={t('condense.effort.seed')} value={seed} least={0} most={0xffffffff} step={1} onChange={(value) => setEffort({ seed: Math.round(value) })}
        />
      </div>
    </Group>
  );
}
