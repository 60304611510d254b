import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useText } from '../i18n/use-text';

interface Props {
  title: string;
  shape: 'sheet' | 'plate';
  onClose(): void;
  children: ReactNode;
}

/** A modal on the platform's own dialog: focus is trapped, Escape closes, and focus returns to what opened it. */
export function Dialog({ title, shape, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const { t } = useText();

  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
  }, []);

  return (
    <dialog
      ref={dialog} className={shape} aria-labelledby={heading} onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}
    >
      <div className="dialog-head">
        <h2 id={heading}>{title}</h2>
        <button type="button" className="button small" onClick={() => dialog.current?.close()}>{t('app.close')}</button>
      </div>
      <div className="dialog-body">{children}</div>
    </dialog>
  );
}
