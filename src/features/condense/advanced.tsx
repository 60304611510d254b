import { useMemo } from 'react';
import type { OptionValue, StageDescription } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { useStageName } from '../../app/narration';
import { useText } from '../../i18n/use-text';
import { fieldsOf, parseField, type OptionField } from './schema';
import { selectionOptions } from './store';

function Field({ stage, field, value, preset }: { stage: StageDescription; field: OptionField; value: OptionValue | undefined; preset: OptionValue | null }) {
  const { t, option, join } = useText();
  const studio = useStudio();
  const id = `${stage.id}-${field.name}`;
  const range = field.minimum !== null && field.maximum !== null ? t('condense.advanced.between', { min: field.minimum, max: field.maximum }) : '';
  const help = join(option(stage.id, field.name, 'help', field.description), range);
  const set = (text: string): void => studio.condense.getState().override(stage.id, field.name, parseField(field, text));
  const shown = (choice: OptionValue): string => (typeof choice === 'boolean' ? t(choice ? 'condense.advanced.on' : 'condense.advanced.off') : String(choice));
  const choices = field.kind === 'boolean' ? [true, false] : field.choices;
  const common = { id, 'aria-describedby': help ? `${id}-help` : undefined, value: value === undefined ? '' : String(value) };
  return (
    <div className="field" data-changed={value !== undefined || undefined}>
      <label htmlFor={id}>{option(stage.id, field.name, 'label', field.title)}</label>
      {choices.length > 0 ? (
        <select className="select" {...common} onChange={(event) => set(event.target.value)}>
          <option value="">{preset === null ? t('condense.advanced.preset') : `${shown(preset)} (${t('condense.advanced.preset')})`}</option>
          {choices.map((choice) => <option key={String(choice)} value={String(choice)}>{shown(choice)}</option>)}
        </select>
      ) : (
        <input
          className="input" {...common} type={field.kind === 'text' ? 'text' : 'number'} step={field.kind === 'integer' ? 1 : 'any'} placeholder={preset === null ? '' : String(preset)}
          min={field.minimum ?? undefined} max={field.maximum ?? undefined} onChange={(event) => set(event.target.value)}
        />
      )}
      {help && <span className="hint" id={`${id}-help`}>{help}</span>}
    </div>
  );
}

/** Options that are set elsewhere on the panel. */
const hasOwnControl = (stage: StageDescription['id'], name: string): boolean =>
  (stage === 'select' && selectionOptions.includes(name)) || (stage === 'features' && name === 'net');

/** Every option of every stage, built from the stages' own schemas. */
export function AdvancedOptions() {
  const { t } = useText();
  const stageName = useStageName();
  const studio = useStudio();
  const stages = useSlice('condense', (state) => state.stages);
  const overrides = useSlice('condense', (state) => state.overrides);
  const resolved = useSlice('condense', (state) => state.resolved);
  const forms = useMemo(
    () => stages
      .map((stage) => ({ stage, fields: fieldsOf(stage).filter(({ name }) => !hasOwnControl(stage.id, name)) }))
      .filter(({ stage, fields }) => fields.length > 0 && stage.id !== 'intake' && stage.id !== 'export'),
    [stages],
  );
  const changed = Object.values(overrides).reduce((sum, options) => sum + Object.keys(options).length, 0);
  if (forms.length === 0) return null;
  return (
    <details className="disclosure group">
      <summary>{t('condense.advanced.title')} {changed > 0 && <span className="faint">{t('condense.advanced.changed', { count: changed })}</span>}</summary>
      <p className="faint">{t('condense.advanced.note')}</p>
      {changed > 0 && <button type="button" className="button small" onClick={() => studio.condense.getState().reset()}>{t('condense.advanced.reset')}</button>}
      {forms.map(({ stage, fields }) => (
        <details className="disclosure advanced-stage" key={stage.id}>
          <summary>{stageName(stage.id)}</summary>
          <div className="stack">
            {fields.map((field) => (
              <Field
                key={field.name} stage={stage} field={field} value={overrides[stage.id]?.[field.name]}
                preset={resolved?.options[stage.id]?.[field.name] ?? field.preset}
              />
            ))}
          </div>
        </details>
      ))}
    </details>
  );
}
