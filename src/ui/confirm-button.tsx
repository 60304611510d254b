import { useState } from 'react';
import { useText } from '../i18n/use-text';

/** Removal in two steps on the same spot: the second press does it, leaving the button takes it back. */
export function ConfirmButton({ name, onConfirm }: { name: string; onConfirm(): void }) {
  const { t } = useText();
  const [armed, setArmed] = useState(false);
  return (
    <button
      type="button" className="button small plain" aria-label={t(armed ? 'arrive.confirmRemoveNamed' : 'arrive.removeNamed', { name })}
      onBlur={() => setArmed(false)} onClick={() => (armed ? onConfirm() : setArmed(true))}
    >
      {t(armed ? 'arrive.confirmRemove' : 'arrive.remove')}
    </button>
  );
}
