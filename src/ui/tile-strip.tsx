import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { Gallery } from '../features/intake/gallery';
import { prepareCanvas, resolveColour } from './canvas';
import { useScheme } from './use-scheme';
import { useSize } from './use-size';

interface Props {
  gallery: Gallery;
  /** Rows of the data set in drawing order. More than fit are thinned evenly, so that a ranking is shown from end to end. */
  rows: readonly number[];
  /** Wanted side of a tile in CSS pixels; tiles grow a little to fill the line. */
  tile: number;
  lines: number;
  /** Thins evenly (rankings) or shows the first (streams). */
  spread?: boolean;
  /** Says what is drawn, given how many fit. */
  label(shown: number): string;
}

const GAP = 2;

function thin(rows: readonly number[], most: number, spread: boolean): readonly number[] {
  if (rows.length <= most) return rows;
  if (!spread || most < 2) return rows.slice(0, most);
  return Array.from({ length: most }, (_, i) => rows[Math.round((i * (rows.length - 1)) / (most - 1))]);
}

/** A few lines of thumbnails on one canvas. */
export function TileStrip({ gallery, rows, tile, lines, spread = false, label }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(host);
  const version = useSyncExternalStore(gallery.subscribe, gallery.getVersion);
  const scheme = useScheme();
  const columns = Math.max(1, Math.floor((width + GAP) / (tile + GAP)));
  const shown = width === 0 ? 0 : Math.min(rows.length, columns * lines);
  const used = Math.max(1, Math.min(lines, Math.ceil(shown / columns)));
  const pitch = (width + GAP) / columns;
  const height = Math.max(tile, Math.round(used * pitch - GAP));

  useEffect(() => {
    if (!canvas.current || !host.current || width === 0) return;
    const visible = thin(rows, columns * lines, spread);
    gallery.request(visible);
    const context = prepareCanvas(canvas.current, width, height);
    if (!context) return;
    context.imageSmoothingQuality = 'high';
    context.fillStyle = resolveColour(host.current, '--well');
    visible.forEach((row, i) => {
      // Edges on whole pixels, so that gaps stay even and tiles stay sharp.
      const x = Math.round((i % columns) * pitch);
      const y = Math.round(Math.floor(i / columns) * pitch);
      const side = Math.round(((i % columns) + 1) * pitch) - GAP - x;
      if (!gallery.tiles?.draw(context, row, x, y, side)) context.fillRect(x, y, side, side);
    });
  }, [gallery, rows, tile, lines, spread, width, height, columns, pitch, version, scheme]);

  return (
    <div ref={host} className="tile-strip">
      <canvas ref={canvas} role="img" aria-label={label(shown)} style={{ width: '100%', height }} />
    </div>
  );
}
