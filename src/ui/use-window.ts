import { useEffect, useRef, useState, type RefObject } from 'react';

/** Rows drawn beyond the view on either side, so that scrolling does not show gaps. */
const SLACK = 4;

/** Which of `count` rows of equal height are in or near the view of the scrolling page. */
export function useWindow<Host extends HTMLElement>(count: number, rowHeight: number): { ref: RefObject<Host | null>; first: number; last: number } {
  const ref = useRef<Host>(null);
  const [range, setRange] = useState({ first: 0, last: Math.min(count, 2 * SLACK) });

  useEffect(() => {
    const measure = (): void => {
      if (!ref.current) return;
      const top = ref.current.getBoundingClientRect().top;
      const first = Math.min(count, Math.max(0, Math.floor(-top / rowHeight) - SLACK));
      const last = Math.min(count, Math.max(first, Math.ceil((window.innerHeight - top) / rowHeight) + SLACK));
      setRange((old) => (old.first === first && old.last === last ? old : { first, last }));
    };
    measure();
    window.addEventListener('scroll', measure, { passive: true });
    window.addEventListener('resize', measure);
    // Content above the list may grow, which moves the list without any scrolling.
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => {
      window.removeEventListener('scroll', measure);
      window.removeEventListener('resize', measure);
      observer.disconnect();
    };
  }, [count, rowHeight]);

  return { ref, ...range };
}
