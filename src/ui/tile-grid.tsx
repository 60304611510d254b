import { useEffect, useId, useRef, useState, useSyncExternalStore, type KeyboardEvent, type PointerEvent } from 'react';
import type { Gallery } from '../features/intake/gallery';
import { prepareCanvas, resolveColour } from './canvas';
import { useScheme } from './use-scheme';
import { useSize } from './use-size';

interface Props {
  gallery: Gallery;
  rows: readonly number[];
  label: string;
  help: string;
  /** What is known about one image, shown and spoken when the cursor is on it. */
  describe(row: number): string;
}

const TILE = 64;
const GAP = 3;

/** All images of a list, windowed: one canvas the size of the view, whatever the number of rows. */
export function TileGrid({ gallery, rows, label, help, describe }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = useSize(scroller);
  const [top, setTop] = useState(0);
  const [cursor, setCursor] = useState(0);
  const version = useSyncExternalStore(gallery.subscribe, gallery.getVersion);
  const scheme = useScheme();
  const helpId = useId();
  const pitch = TILE + GAP;
  const columns = Math.max(1, Math.floor((width + GAP) / pitch));
  const total = Math.ceil(rows.length / columns) * pitch;

  useEffect(() => {
    if (!canvas.current || !scroller.current || width === 0) return;
    const context = prepareCanvas(canvas.current, width, height);
    if (!context) return;
    context.imageSmoothingQuality = 'high';
    const first = Math.floor(top / pitch) * columns;
    const last = Math.min(rows.length, (Math.floor((top + height) / pitch) + 1) * columns);
    gallery.request(rows.slice(first, last));
    const well = resolveColour(scroller.current, '--well');
    for (let i = first; i < last; i++) {
      const x = (i % columns) * pitch;
      const y = Math.floor(i / columns) * pitch - top;
      context.fillStyle = well;
      if (!gallery.tiles?.draw(context, rows[i], x, y, TILE)) context.fillRect(x, y, TILE, TILE);
      if (i === cursor) {
        context.strokeStyle = resolveColour(scroller.current, '--kept');
        context.lineWidth = 3;
        context.strokeRect(x + 1.5, y + 1.5, TILE - 3, TILE - 3);
      }
    }
  }, [gallery, rows, width, height, top, columns, pitch, cursor, version, scheme]);

  const move = (to: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setCursor(next);
    const y = Math.floor(next / columns) * pitch;
    const view = scroller.current;
    if (!view) return;
    if (y < view.scrollTop) view.scrollTop = y;
    else if (y + pitch > view.scrollTop + view.clientHeight) view.scrollTop = y + pitch - view.clientHeight;
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const page = columns * Math.max(1, Math.floor(height / pitch));
    const steps: Record<string, number> = {
      ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, PageDown: page, PageUp: -page, Home: -rows.length, End: rows.length,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    move(cursor + step);
  };

  const onPointer = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / pitch);
    const index = Math.floor((event.clientY - box.top + top) / pitch) * columns + column;
    if (column < columns && index < rows.length) setCursor(index);
  };

  return (
    <div className="tile-grid">
      <p className="tile-grid-readout">
        <span className="clip" aria-live="polite">{rows.length > 0 ? describe(rows[cursor]) : ''}</span>
        <span className="faint" id={helpId}>{help}</span>
      </p>
      <div
        ref={scroller} className="tile-grid-view" role="application" tabIndex={0} aria-label={label} aria-describedby={helpId}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)} onKeyDown={onKeyDown} onPointerDown={onPointer}
      >
        <div style={{ height: Math.max(total, height) }}>
          <canvas ref={canvas} aria-hidden="true" style={{ position: 'sticky', top: 0, width, height }} />
        </div>
      </div>
    </div>
  );
}
