import { useId, useRef, useState, type ReactNode } from 'react';
import { align, evenRows } from '../features/observe/series';
import { useText } from '../i18n/use-text';
import './many-curves.css';
import { ScrollRegion } from './scroll-region';
import { niceTicks, rangeOf } from './ticks';
import { useSize } from './use-size';

export interface RunCurve {
  id: string;
  label: string;
  /** Number of its colour; ten hold apart, later ones are dashed. */
  colour: number;
  x: readonly number[];
  y: readonly number[];
  /** What it is to be held against, drawn when the curve is brought out. */
  beside: { x: readonly number[]; y: readonly number[] };
}

interface Props {
  title: string;
  sentence: string;
  curves: readonly RunCurve[];
  marked: string | null;
  onMark(id: string | null): void;
  /** Heading of the list of curves. */
  legend: string;
  /** What the curve beside a marked one is. */
  beside: string;
  spoken(curve: RunCurve): string;
  /** Choices above the chart. */
  children: ReactNode;
}

const COLOURS = 10;
const HEIGHT = 320;
const EDGE = { top: 10, right: 12, bottom: 30, left: 52 };
const TABLE_ROWS = 40;

const colourOf = (index: number): React.CSSProperties => ({ '--colour': `var(--run-${(index % COLOURS) + 1})` } as React.CSSProperties);
const dashOf = (index: number): string | undefined => (index >= COLOURS ? '7 4' : undefined);

function Picture({ curves, marked, width }: Pick<Props, 'curves' | 'marked'> & { width: number }) {
  const { tick } = useText();
  const xs = curves.flatMap(({ x }) => x);
  const ys = curves.flatMap(({ y, beside }) => [...y, ...beside.y]).filter(Number.isFinite);
  const right = Math.max(1, ...xs);
  const [low, top] = rangeOf(ys);
  const inner = { width: width - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom };
  const px = (x: number): number => EDGE.left + (x / right) * inner.width;
  const py = (y: number): number => EDGE.top + (1 - (y - low) / (top - low)) * inner.height;
  const path = (x: readonly number[], y: readonly number[]): string =>
    x.map((value, i) => (Number.isFinite(y[i]) ? `${i === 0 ? 'M' : 'L'}${px(value).toFixed(1)} ${py(y[i]).toFixed(1)}` : '')).join('');
  // The one brought out is drawn last, over the others.
  const drawn = curves.toSorted((a, b) => Number(a.id === marked) - Number(b.id === marked));
  return (
    <svg width={width} height={HEIGHT} className={marked === null ? 'many' : 'many has-marked'}>
      {niceTicks(low, top, 5).map((y) => (
        <g key={y}><line className="grid" x1={EDGE.left} x2={width - EDGE.right} y1={py(y)} y2={py(y)} /><text x={EDGE.left - 8} y={py(y)} dy="0.32em" textAnchor="end">{tick(y)}</text></g>
      ))}
      {niceTicks(0, right, width < 500 ? 3 : 6).map((x) => <text key={x} x={px(x)} y={HEIGHT - 10} textAnchor="middle">{tick(x)}</text>)}
      {drawn.map(({ id, colour, x, y, beside }) => (
        <g key={id} className="curve" data-marked={id === marked || undefined} style={colourOf(colour)}>
          {id === marked && <path className="opponent" d={path(beside.x, beside.y)} />}
          <path d={path(x, y)} strokeDasharray={dashOf(colour)} />
          {x.map((value, i) => (id === marked || i === x.length - 1) && Number.isFinite(y[i]) && <circle key={value} cx={px(value)} cy={py(y[i])} r={id === marked ? 4 : 3} />)}
        </g>
      ))}
    </svg>
  );
}

/** Many curves in one picture: their list stands in the order of their ends, and pointing at one or focusing it brings it out. The same numbers as a table on demand. */
export function ManyCurves({ title, sentence, curves, marked, onMark, legend, beside, spoken, children }: Props) {
  const { t, count, measure } = useText();
  const [asTable, setAsTable] = useState(false);
  const [pointed, setPointed] = useState<string | null>(null);
  const host = useRef<HTMLDivElement>(null);
  const { width } = useSize(host);
  const id = useId();
  const { x, columns } = align(curves);
  const last = ({ y }: RunCurve): number => y[y.length - 1];
  const known = curves.some((curve) => curve.id === marked) ? marked : null;
  const out = pointed ?? known;
  return (
    <figure className="chart" aria-labelledby={id}>
      <div className="spread">
        <h2 id={id}>{title}</h2>
        <button type="button" className="button small plain" aria-pressed={asTable} aria-label={`${t('app.table')}: ${title}`} onClick={() => setAsTable(!asTable)}>
          {t(asTable ? 'app.chart' : 'app.table')}
        </button>
      </div>
      <figcaption className="quiet">{sentence}</figcaption>
      <div className="many-choice">{children}</div>
      {asTable ? (
        <ScrollRegion className="chart-table" label={title}>
          <table className="table">
            <thead><tr><th scope="col" className="number">{t('app.step')}</th>{curves.map((curve) => <th scope="col" key={curve.id} className="number">{curve.label}</th>)}</tr></thead>
            <tbody>
              {evenRows(x.length, TABLE_ROWS).map((row) => (
                <tr key={x[row]}><th scope="row" className="number">{count(x[row])}</th>{columns.map((column, i) => <td key={curves[i].id} className="number">{measure(column[row])}</td>)}</tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      ) : (
        <div className="many-pair">
          <div ref={host} aria-hidden="true" style={{ minHeight: HEIGHT }}>{width > 0 && curves.length > 0 && <Picture curves={curves} marked={out} width={width} />}</div>
          <div className="many-legend">
            <p className="faint">{legend}</p>
            <ul onPointerLeave={() => setPointed(null)}>
              {curves.toSorted((a, b) => last(b) - last(a)).map((curve) => (
                <li key={curve.id}>
                  <button
                    type="button" aria-pressed={curve.id === known} aria-label={spoken(curve)} data-marked={curve.id === out || undefined} onPointerEnter={() => setPointed(curve.id)}
                    onFocus={() => setPointed(curve.id)} onBlur={() => setPointed(null)} onClick={() => onMark(curve.id === known ? null : curve.id)}
                  >
                    <svg width="22" height="8" aria-hidden="true" style={colourOf(curve.colour)}><line className="swatch" x1="0" x2="22" y1="4" y2="4" strokeDasharray={dashOf(curve.colour)} /></svg>
                    <span className="clip">{curve.label}</span>
                    <span className="number">{measure(last(curve))}</span>
                  </button>
                </li>
              ))}
            </ul>
            <p className="faint opponent-key" data-shown={out !== null || undefined}><svg width="22" height="8" aria-hidden="true"><line className="swatch opponent" x1="0" x2="22" y1="4" y2="4" /></svg> {beside}</p>
          </div>
        </div>
      )}
    </figure>
  );
}
