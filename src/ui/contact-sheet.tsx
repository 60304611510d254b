import { useEffect, useRef, useState, useSyncExternalStore, type KeyboardEvent } from 'react';
import type { Gallery } from '../features/intake/gallery';
import { resolveColour } from './canvas';
import './contact-sheet.css';
import { drawPictures, evenSide, type Picture, type SampledPictures } from './tile-picture';
import { useScheme } from './use-scheme';

/** One image and what is to be seen beside it. */
export interface SheetItem {
  picture: Picture;
  beside: readonly number[];
  /** A few characters under the picture, such as its distance. */
  caption: string;
}

export interface SheetSection {
  title: string;
  items: readonly SheetItem[];
}

interface Props {
  gallery: Gallery;
  sections: readonly SheetSection[];
  size: number;
  sampled: SampledPictures | null;
  /** What is known of an item; spoken as its name and shown while it has the focus. */
  describe(item: SheetItem): string;
  help: string;
}

const SIDE = 72;
/** Between an image and those beside it, and among those. */
const GAP = 6;

function Card({ item, side, gallery, sampled }: Pick<Props, 'gallery' | 'sampled'> & { item: SheetItem; side: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const version = useSyncExternalStore(gallery.subscribe, gallery.getVersion);
  const scheme = useScheme();
  const width = side + item.beside.length * (side + GAP);
  useEffect(() => {
    if (!canvas.current?.parentElement) return;
    const places = [{ picture: item.picture, x: 0, y: 0 }, ...item.beside.map((row, i) => ({ picture: { row }, x: (i + 1) * (side + GAP), y: 0 }))];
    drawPictures(canvas.current, width, side, places, side, gallery, sampled, resolveColour(canvas.current.parentElement, '--well'));
  }, [item, side, width, gallery, sampled, version, scheme]);
  return <canvas ref={canvas} aria-hidden="true" style={{ width, height: side }} />;
}

/** Images in titled groups, each with those it is to be held against. Arrow keys move; what has the focus is described above. */
export function ContactSheet({ gallery, sections, size, sampled, describe, help }: Props) {
  const [cursor, setCursor] = useState(0);
  const [at, setAt] = useState<SheetItem | null>(null);
  const host = useRef<HTMLDivElement>(null);
  // Names and paths arrive with the thumbnails.
  useSyncExternalStore(gallery.subscribe, gallery.getVersion);
  const side = evenSide(size, SIDE);
  const total = sections.reduce((sum, { items }) => sum + items.length, 0);
  const current = Math.min(cursor, Math.max(0, total - 1));

  const move = (event: KeyboardEvent): void => {
    const cards = [...(host.current?.querySelectorAll<HTMLElement>('.card') ?? [])];
    const here = cards[current]?.getBoundingClientRect();
    if (!here) return;
    /** The card of the nearest line above or below that is closest in the line. */
    const line = (sign: 1 | -1): number => {
      const beyond = cards.map((card, i) => ({ i, box: card.getBoundingClientRect() })).filter(({ box }) => sign * (box.top - here.top) > here.height / 2);
      const near = Math.min(...beyond.map(({ box }) => sign * (box.top - here.top)));
      const [best] = beyond.filter(({ box }) => sign * (box.top - here.top) < near + here.height / 2).toSorted((a, b) => Math.abs(a.box.left - here.left) - Math.abs(b.box.left - here.left));
      return best?.i ?? current;
    };
    const targets: Record<string, () => number> = {
      ArrowRight: () => current + 1, ArrowLeft: () => current - 1, ArrowDown: () => line(1), ArrowUp: () => line(-1), Home: () => 0, End: () => total - 1,
    };
    const target = targets[event.key];
    if (!target) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(total - 1, target()));
    setCursor(next);
    cards[next]?.focus();
  };

  const firsts = sections.map((_, s) => sections.slice(0, s).reduce((sum, { items }) => sum + items.length, 0));
  return (
    <div className="contact-sheet">
      <p className="contact-readout"><span className="path">{at ? describe(at) : ''}</span>{!at && <span className="faint">{help}</span>}</p>
      <div ref={host} className="stack" onKeyDown={move}>
        {sections.map(({ title, items }, s) => (
          <section key={`${s} ${title}`} className="stack-s" aria-label={title}>
            <h3>{title}</h3>
            <ul className="cards">
              {items.map((item, i) => {
                const index = firsts[s] + i;
                return (
                  <li key={index}>
                    <button
                      type="button" className="card" tabIndex={index === current ? 0 : -1} aria-label={describe(item)}
                      onFocus={() => { setCursor(index); setAt(item); }} onPointerEnter={() => setAt(item)} onClick={() => setAt(item)}
                    >
                      <Card item={item} side={side} gallery={gallery} sampled={sampled} />
                      {item.caption && <span className="faint">{item.caption}</span>}
                    </button>
                  </li>
                );
              })}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}
