import { useText } from '../i18n/use-text';
import { useSlice, useStudio } from './context';

/** What went wrong outside of any one panel, and what happens next. */
export function Faults() {
  const { t, tell, join } = useText();
  const studio = useStudio();
  const faults = useSlice('shell', (state) => state.faults);
  const refused = useSlice('shell', (state) => state.refused);
  const stored = useSlice('library', (state) => state.failure);
  return (
    <div className="faults" role="alert">
      {faults.map((fault) => (
        <div className="fault" key={fault.worker}>
          <p>
            <strong>{t(`app.fault.${fault.worker}`)}</strong>{' '}
            {join(tell(fault.failure), t(fault.recovering ? 'app.fault.recovering' : fault.recovered ? 'app.fault.recovered' : 'app.fault.ended'))}
          </p>
          <button type="button" className="button small" onClick={() => studio.shell.getState().dismiss(fault)}>{t('app.dismiss')}</button>
        </div>
      ))}
      {refused && (
        <div className="fault">
          <p>{tell(refused)}</p>
          <button type="button" className="button small" onClick={() => studio.shell.getState().set({ refused: null })}>{t('app.dismiss')}</button>
        </div>
      )}
      {stored && faults.length === 0 && <div className="fault"><p>{tell(stored)}</p></div>}
    </div>
  );
}
