import { useEffect, useRef, useState, useSyncExternalStore, type KeyboardEvent, type PointerEvent } from 'react';
import type { Gallery } from '../features/intake/gallery';
import { resolveColour } from './canvas';
import { drawPictures, evenSide } from './tile-picture';
import { useScheme } from './use-scheme';
import { useSize } from './use-size';
import './wipe.css';

export interface WipeSide {
  name: string;
  gallery: Gallery;
  /** Rows of the data set, drawn in this order. */
  rows: readonly number[];
  /** Rows from this place on stand in this set alone and carry a frame. */
  ownFrom: number;
}

interface Props {
  a: WipeSide;
  b: WipeSide;
  size: number;
  label: string;
  /** What is to be seen with `percent` of the width given to A. */
  spoken(percent: number): string;
}

/** Sides that are tried, largest first, and how many images of one set each is for. */
const SIDES = [{ upTo: 16, side: 112 }, { upTo: 60, side: 80 }, { upTo: Infinity, side: 64 }];
const GAP = 3;
/** Room for the names of both sets. */
const LEAST_WIDTH = 260;
const STEP = 5;
const PAGE = 25;

function Layer({ side, set, width, height, columns }: { side: number; set: WipeSide; width: number; height: number; columns: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const version = useSyncExternalStore(set.gallery.subscribe, set.gallery.getVersion);
  const scheme = useScheme();
  useEffect(() => {
    const host = canvas.current?.parentElement;
    if (!canvas.current || !host || width === 0) return;
    const kept = resolveColour(host, '--kept');
    const places = set.rows.map((row, i) => ({
      picture: { row }, x: (i % columns) * (side + GAP), y: Math.floor(i / columns) * (side + GAP), ...(i >= set.ownFrom ? { frame: kept } : {}),
    }));
    drawPictures(canvas.current, width, height, places, side, set.gallery, null, resolveColour(host, '--well'));
  }, [set, side, width, height, columns, version, scheme]);
  return <canvas ref={canvas} style={{ width, height }} />;
}

/** Two sets of images in the same places, and a divider to draw across: left of it is A, right of it B. Moving it only moves a clip, nothing is drawn anew. */
export function Wipe({ a, b, size, label, spoken }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const { width } = useSize(host);
  const [percent, setPercent] = useState(50);
  const total = Math.max(a.rows.length, b.rows.length);
  const side = evenSide(size, SIDES.find(({ upTo }) => total <= upTo)?.side ?? 64);
  const columns = Math.max(1, Math.floor((width + GAP) / (side + GAP)));
  const lines = Math.max(1, Math.ceil(total / columns));
  const height = lines * (side + GAP) - GAP;
  const set = (value: number): void => setPercent(Math.round(Math.min(100, Math.max(0, value))));

  const onKeyDown = (event: KeyboardEvent): void => {
    const targets: Record<string, number> = {
      ArrowLeft: percent - STEP, ArrowDown: percent - STEP, ArrowRight: percent + STEP, ArrowUp: percent + STEP,
      PageDown: percent - PAGE, PageUp: percent + PAGE, Home: 0, End: 100,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    set(target);
  };
  const follow = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    set((100 * (event.clientX - box.left)) / box.width);
  };

  return (
    // Few images end before the page does: the divider then moves across them alone.
    <div className="wipe" style={{ maxWidth: Math.max(LEAST_WIDTH, total * (side + GAP) - GAP) }}>
      <p className="wipe-names" aria-hidden="true"><span className="clip">A: {a.name}</span><span className="clip">B: {b.name}</span></p>
      <div
        ref={host} className="wipe-view" style={{ height }}
        onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); follow(event); }}
        onPointerMove={(event) => { if (event.currentTarget.hasPointerCapture(event.pointerId)) follow(event); }}
      >
        <div aria-hidden="true" style={{ clipPath: `inset(0 ${100 - percent}% 0 0)` }}><Layer set={a} side={side} width={width} height={height} columns={columns} /></div>
        <div aria-hidden="true" style={{ clipPath: `inset(0 0 0 ${percent}%)` }}><Layer set={b} side={side} width={width} height={height} columns={columns} /></div>
        <div
          className="wipe-handle" role="slider" tabIndex={0} aria-label={label} aria-orientation="horizontal" aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent}
          aria-valuetext={spoken(percent)} style={{ left: `${percent}%` }} onKeyDown={onKeyDown}
        />
      </div>
    </div>
  );
}
