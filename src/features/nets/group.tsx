import { useEffect, useRef, useState } from 'react';
import type { FeatureNetCard } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { useText } from '../../i18n/use-text';
import { ConfirmButton } from '../../ui/confirm-button';
import { SelectField, TextField } from '../../ui/fields';

function Added({ net, chosen }: { net: FeatureNetCard; chosen: boolean }) {
  const { t, bytes, count } = useText();
  const studio = useStudio();
  const remove = (): void => {
    if (chosen) studio.condense.getState().override('features', 'net', null);
    void studio.nets.getState().remove(net.sha256);
  };
  return (
    <li className="spread">
      <span>
        <strong>{net.label}</strong>{' '}
        <span className="faint">{t('nets.facts', { file: net.fileName, bytes: bytes(net.bytes), dim: count(net.dim), size: count(net.inputSize) })}</span>
      </span>
      <ConfirmButton name={net.fileName} onConfirm={remove} />
    </li>
  );
}

/** Which net distances are measured in beside the domain encoder: files are added, examined, chosen and removed here. */
export function FeatureNetGroup() {
  const { t, tell } = useText();
  const studio = useStudio();
  const input = useRef<HTMLInputElement>(null);
  const [name, setName] = useState('');
  const { nets, adding, failure, unnamed } = useSlice('nets', (state) => state);
  const chosen = useSlice('condense', (state) => state.overrides.features?.net);
  const choose = (hash: string): void => studio.condense.getState().override('features', 'net', hash === '' ? null : hash);
  const add = async (file: File, called: string): Promise<void> => {
    const card = await studio.nets.getState().add(file, called);
    if (card) {
      choose(card.sha256);
      setName('');
    }
  };
  useEffect(() => {
    if (chosen) void studio.nets.getState().refresh();
  }, [chosen, studio]);
  return (
    <details className="disclosure group" onToggle={(event) => event.currentTarget.open && nets === null && void studio.nets.getState().refresh()}>
      <summary>{t('nets.title')} {chosen && <span className="faint">{nets?.find(({ sha256 }) => sha256 === chosen)?.label}</span>}</summary>
      <div className="stack">
        <p className="faint">{t('nets.note')}</p>
        <SelectField
          label={t('nets.measure')} value={String(chosen ?? '')}
          options={[{ value: '', label: t('nets.none') }, ...(nets ?? []).map(({ sha256, label, fileName }) => ({ value: sha256, label: `${label} · ${fileName}` }))]}
          onChange={choose}
        />
        <div>
          <input
            ref={input} type="file" hidden aria-label={t('nets.file')} accept=".pth,.pt,.safetensors,.onnx"
            onChange={(event) => {
              const file = event.target.files?.[0];
              // The same file chosen again must be heard again.
              event.target.value = '';
              if (file) void add(file, '');
            }}
          />
          <button type="button" className="button small" disabled={adding} onClick={() => input.current?.click()}>{t(adding ? 'nets.adding' : 'nets.add')}</button>
        </div>
        <div aria-live="polite" className="stack">
          {failure && <p className="note bad">{tell(failure)}</p>}
          {unnamed && (
            <form className="stack-s" onSubmit={(event) => { event.preventDefault(); void add(unnamed, name); }}>
              <TextField label={t('nets.name')} hint={t('nets.nameHint', { file: unnamed.name })} value={name} onChange={setName} />
              <button type="submit" className="button small" disabled={adding || name.trim() === ''}>{t('nets.useNamed', { name: name.trim() })}</button>
            </form>
          )}
        </div>
        {nets !== null && nets.length > 0 && (
          <ul className="stack-s" aria-label={t('nets.added')}>
            {nets.map((net) => <Added key={net.sha256} net={net} chosen={net.sha256 === chosen} />)}
          </ul>
        )}
      </div>
    </details>
  );
}
