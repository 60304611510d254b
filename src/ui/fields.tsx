import { useEffect, useId, useState, type ReactNode } from 'react';

interface FieldProps {
  label: string;
  hint?: string;
}

/** A number that is taken over when the person has finished typing, so that 1 on the way to 100 starts nothing. */
export function NumberField({ label, hint, value, least, most, step, onChange }: FieldProps & {
  value: number; least?: number; most?: number; step?: number; onChange(value: number): void;
}) {
  const id = useId();
  const [text, setText] = useState<string | null>(null);
  // Whatever is half-typed is out of date once the value changes from elsewhere.
  useEffect(() => setText(null), [value]);
  const commit = (): void => {
    const typed = Number(text);
    if (text !== null && text.trim() !== '' && Number.isFinite(typed)) {
      onChange(Math.min(most ?? Infinity, Math.max(least ?? -Infinity, typed)));
    }
    setText(null);
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id} className="input" type="number" inputMode="decimal" min={least} max={most} step={step ?? 'any'} value={text ?? value}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => setText(event.target.value)} onBlur={commit} onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
      {hint && <span className="hint" id={`${id}-hint`}>{hint}</span>}
    </div>
  );
}

export function TextField({ label, hint, value, placeholder, onChange }: FieldProps & { value: string; placeholder?: string; onChange(value: string): void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id} className="input" value={value} placeholder={placeholder} autoComplete="off" aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
      {hint && <span className="hint" id={`${id}-hint`}>{hint}</span>}
    </div>
  );
}

export function SelectField<Value extends string>({ label, hint, value, options, onChange }: FieldProps & {
  value: Value; options: readonly { value: Value; label: string }[]; onChange(value: Value): void;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id} className="select" value={value} aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.target.value);
          if (chosen) onChange(chosen.value);
        }}
      >
        {options.map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
      </select>
      {hint && <span className="hint" id={`${id}-hint`}>{hint}</span>}
    </div>
  );
}

/** A few choices side by side; a radio group to the keyboard and to screen readers. */
export function Segments<Value extends string>({ label, hint, value, options, onChange }: FieldProps & {
  value: Value; options: readonly { value: Value; label: string }[]; onChange(value: Value): void;
}) {
  const name = useId();
  return (
    <fieldset className="field" aria-describedby={hint ? `${name}-hint` : undefined}>
      <legend>{label}</legend>
      <div className="segments">
        {options.map((option) => (
          <label key={option.value}>
            <input type="radio" name={name} value={option.value} checked={option.value === value} onChange={() => onChange(option.value)} />
            {option.label}
          </label>
        ))}
      </div>
      {hint && <span className="hint" id={`${name}-hint`}>{hint}</span>}
    </fieldset>
  );
}

export function Check({ label, hint, checked, disabled, onChange }: FieldProps & { checked: boolean; disabled?: boolean; onChange(checked: boolean): void }) {
  const id = useId();
  return (
    <div className="field">
      <label className="check" htmlFor={id}>
        <input
          id={id} type="checkbox" checked={checked} disabled={disabled} aria-describedby={hint ? `${id}-hint` : undefined}
          onChange={(event) => onChange(event.target.checked)}
        />
        {label}
      </label>
      {hint && <span className="hint" id={`${id}-hint`}>{hint}</span>}
    </div>
  );
}

/** A slider over `least`..`most` with labelled ticks; `spoken` is what a screen reader says instead of the bare number. */
export function Range({ label, value, least, most, step, spoken, ticks, ink, onChange }: {
  label: string; value: number; least: number; most: number; step: number; spoken: string; ink?: boolean;
  ticks?: readonly { at: number; label: string }[]; onChange(value: number): void;
}) {
  const at = most > least ? (100 * (value - least)) / (most - least) : 0;
  return (
    <div>
      <input
        className={ink ? 'range ink' : 'range'} type="range" min={least} max={most} step={step} value={value} aria-label={label} aria-valuetext={spoken}
        style={{ '--at': `${at}%` } as React.CSSProperties} onChange={(event) => onChange(Number(event.target.value))}
      />
      {ticks && (
        <div className="ticks" aria-hidden="true">
          {ticks.map((tick) => <span key={tick.label} data-end={tick.at === 0 || tick.at === 1 || undefined} style={{ left: `${100 * tick.at}%` }}>{tick.label}</span>)}
        </div>
      )}
    </div>
  );
}

/** A titled group in the control column. */
export function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="group stack">
      <h2>{title}</h2>
      {children}
    </section>
  );
}
