import { useEffect, useState, type ReactNode } from 'react';
import type { Failure } from '../../workers/protocol';
import { sourceFromDrop } from '../client/source';
import { useText } from '../i18n/use-text';
import { useStudio } from './context';

const bringsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

/** The entire page takes drops, on every screen. */
export function DropTarget({ children }: { children: ReactNode }) {
  const { t } = useText();
  const studio = useStudio();
  const [over, setOver] = useState(false);

  useEffect(() => {
    // Enter and leave fire for every element on the way; only the balance says whether the drag is still over the page.
    let depth = 0;
    const enter = (event: DragEvent): void => {
      if (!bringsFiles(event)) return;
      depth++;
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (!bringsFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const drag = (event: DragEvent): void => {
      if (!bringsFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
    };
    const drop = (event: DragEvent): void => {
      if (!bringsFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      studio.shell.getState().set({ refused: null });
      sourceFromDrop(event.dataTransfer).then(
        (source) => studio.read(source),
        (refused: Failure) => studio.shell.getState().set({ refused }),
      );
    };
    const options = { passive: false };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('dragover', drag, options);
    window.addEventListener('drop', drop, options);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('dragover', drag);
      window.removeEventListener('drop', drop);
    };
  }, [studio]);

  return (
    <>
      {children}
      {over && <div className="veil" aria-hidden="true"><div>{t('app.drop')}</div></div>}
    </>
  );
}
