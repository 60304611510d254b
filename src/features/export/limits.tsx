import { useSlice, useStudio } from '../../app/context';
import { LIMIT_FIELDS } from '../../client/options';
import { useText } from '../../i18n/use-text';
import { Group } from '../../ui/fields';
import type { LimitName, LimitVerdict } from '../../../workers/protocol';
import { useId, useState } from 'react';
import { limitText, parseLimit } from './limit-text';

const NAMES = Object.keys(LIMIT_FIELDS) as LimitName[];

/** A number that may be left out: an empty field asks nothing. Points and shares are typed as per cent. */
function LimitField({ name }: { name: LimitName }) {
  const { t } = useText();
  const id = useId();
  const studio = useStudio();
  const value = useSlice('exporter', (state) => state.options.limits?.[name]);
  const [typed, setTyped] = useState<string | null>(null);
  const kind = LIMIT_FIELDS[name];
  const commit = (): void => {
    if (typed === null) return;
    const parsed = parseLimit(typed, kind);
    if (parsed !== undefined) studio.exporter.getState().setLimit(name, parsed);
    setTyped(null);
  };
  return (
    <div className="field limit">
      <label htmlFor={id}>{t(`export.limits.names.${name}`)}</label>
      <input
        id={id} className="input" type="number" inputMode="decimal" min={0} max={kind === 'ratio' ? 1000 : 100} step="any" placeholder={t('export.limits.unset')}
        value={typed ?? (value === undefined ? '' : limitText(value, kind))} aria-describedby={`${id}-hint`}
        onChange={(event) => setTyped(event.target.value)} onBlur={commit} onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
      <span className="hint" id={`${id}-hint`}>{t(`export.limits.units.${kind}`)}</span>
    </div>
  );
}

/** What the person asks of the set. Nothing is asked until a field is filled. */
export function LimitsGroup() {
  const { t } = useText();
  return (
    <Group title={t('export.limits.title')}>
      <p className="hint">{t('export.limits.lead')}</p>
      {NAMES.map((name) => <LimitField key={name} name={name} />)}
    </Group>
  );
}

function Measured({ verdict: { name, value, interval } }: { verdict: LimitVerdict }) {
  const { t } = useText();
  if (value === null) return <>–</>;
  const kind = LIMIT_FIELDS[name];
  const show = (number: number) => limitText(number, kind);
  const shown = t(`export.limits.values.${kind}`, { value: show(value) });
  return <>{interval ? t('export.limits.interval', { value: shown, low: show(interval.low), high: show(interval.high) }) : shown}</>;
}

/** The limits that were set, held against the figures of the selection that would be written. */
export function LimitVerdicts() {
  const { t } = useText();
  const verdicts = useSlice('exporter', (state) => state.plan?.limits);
  if (!verdicts || verdicts.length === 0) return null;
  const met = verdicts.filter(({ verdict }) => verdict === 'met').length;
  return (
    <section className="block stack">
      <h2>{t('export.limits.title')}</h2>
      <p className="result-lead" role="status">{t('export.limits.sentence', { met: String(met), total: String(verdicts.length) })}</p>
      <table className="table plan-table">
        <thead>
          <tr>
            <th scope="col">{t('export.limits.limit')}</th><th scope="col" className="number">{t('export.limits.asked')}</th>
            <th scope="col" className="number">{t('export.limits.measured')}</th><th scope="col">{t('export.limits.verdict')}</th>
          </tr>
        </thead>
        <tbody>
          {verdicts.map((each) => (
            <tr key={each.name}>
              <th scope="row">{t(`export.limits.names.${each.name}`)}</th>
              <td className="number">{t(`export.limits.values.${LIMIT_FIELDS[each.name]}`, { value: limitText(each.limit, LIMIT_FIELDS[each.name]) })}</td>
              <td className="number"><Measured verdict={each} /></td>
              <td className={`verdict-${each.verdict}`}>{t(`export.limits.verdicts.${each.verdict}`)}{each.doubtful && <span className="hint">{t('export.limits.doubtful')}</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
