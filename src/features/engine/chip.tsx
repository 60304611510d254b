import { useSlice, useStudio } from '../../app/context';
import { useText } from '../../i18n/use-text';

/** The engine verdict in a word; opens the details. */
export function EngineChip() {
  const { t } = useText();
  const studio = useStudio();
  const verdict = useSlice('engine', (state) => state.verdict);
  const failure = useSlice('engine', (state) => state.failure);
  const opening = useSlice('engine', (state) => state.opening);
  const state = opening ? 'opening' : failure ? 'bad' : verdict?.kind === 'webgpu' ? 'ok' : 'slow';
  const name = opening ? t('engine.opening') : failure || !verdict ? t('engine.failed') : t(`engine.kinds.${verdict.kind}`);
  return (
    <button
      type="button" className="chip" data-state={state} aria-haspopup="dialog" aria-label={t('engine.chip', { name })} title={verdict?.reason}
      onClick={() => studio.shell.getState().set({ engineOpen: true })}
    >
      <i />
      <span className="clip">{name}</span>
    </button>
  );
}
