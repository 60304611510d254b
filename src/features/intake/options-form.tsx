import { useSlice, useStudio } from '../../app/context';
import { INTAKE_DEFAULTS } from '../../client/options';
import { useText } from '../../i18n/use-text';
import { Check, NumberField, Range, Segments } from '../../ui/fields';
import { snapSize, workingSizes } from './options';

const sizeTicks = [16, 32, 64, 128];

/** The reading options in a line, so that a closed form still says what it holds. */
export function OptionsSummary() {
  const { t, share } = useText();
  const { size, fit, channels, holdout } = useSlice('intake', (state) => state.options);
  return (
    <span className="faint">
      {t('intake.optionSummary', { size, fit: t(`intake.option.${fit}`), channels: t(`intake.option.${channels}`), holdout: share(holdout) })}
    </span>
  );
}

/** How files become training images. */
export function OptionsForm() {
  const { t, bytes, join } = useText();
  const studio = useStudio();
  const options = useSlice('intake', (state) => state.options);
  const set = studio.intake.getState().set;
  const { least, most, multiple } = workingSizes;
  return (
    <div className="stack">
      <div className="field">
        <span className="label spread"><span>{t('intake.option.size')}</span><strong>{options.size} px</strong></span>
        <Range
          ink label={t('intake.option.size')} least={least} most={most} step={multiple} value={options.size} spoken={`${options.size} px`}
          ticks={sizeTicks.map((size) => ({ at: (size - least) / (most - least), label: String(size) }))} onChange={(size) => set({ size: snapSize(size) })}
        />
        <span className="hint">{t('intake.option.sizeHint')}</span>
      </div>
      <Segments
        label={t('intake.option.fit')} hint={t(`intake.option.fitHint.${options.fit}`)} value={options.fit}
        options={(['crop', 'letterbox'] as const).map((value) => ({ value, label: t(`intake.option.${value}`) }))} onChange={(fit) => set({ fit })}
      />
      <Segments
        label={t('intake.option.channels')} value={options.channels}
        options={(['auto', 'grey', 'rgb'] as const).map((value) => ({ value, label: t(`intake.option.${value}`) }))} onChange={(channels) => set({ channels })}
      />
      <div className="field">
        <label htmlFor="background">{t('intake.option.background')}</label>
        <div className="row">
          <input id="background" className="input" type="color" value={options.background} aria-describedby="background-hint" onChange={(event) => set({ background: event.target.value })} />
          <span className="mono faint">{options.background}</span>
        </div>
        <span className="hint" id="background-hint">{t('intake.option.backgroundHint')}</span>
      </div>
      <div className="pair">
        <NumberField label={`${t('intake.option.holdout')} (%)`} value={Math.round(options.holdout * 100)} least={5} most={50} onChange={(percent) => set({ holdout: percent / 100 })} />
        <NumberField label={t('intake.option.seed')} value={options.seed} least={0} most={0xffffffff} step={1} onChange={(seed) => set({ seed: Math.round(seed) })} />
      </div>
      <p className="faint">{t('intake.option.holdoutHint')}</p>
      <div className="pair">
        <NumberField label={t('intake.option.limit')} value={options.limit} least={0} step={1} onChange={(limit) => set({ limit: Math.round(limit) })} />
        <NumberField label={t('intake.option.reserve')} value={options.reserve} least={0} step={1} onChange={(reserve) => set({ reserve: Math.round(reserve) })} />
      </div>
      <p className="faint">{join(t('intake.option.limitHint'), t('intake.option.reserveHint'))}</p>
      <Check label={t('intake.option.dropNear')} checked={options.nearDuplicates === 'drop'} onChange={(drop) => set({ nearDuplicates: drop ? 'drop' : 'keep' })} />
      <Check
        label={t('intake.option.originals')} hint={t('intake.option.originalsHint', { bytes: bytes(INTAKE_DEFAULTS.keepOriginals) })} checked={options.keepOriginals > 0}
        onChange={(keep) => set({ keepOriginals: keep ? INTAKE_DEFAULTS.keepOriginals : 0 })}
      />
    </div>
  );
}
