import { lazy, Suspense, useId, useState } from 'react';
import { align, evenRows } from '../features/observe/series';
import { useText } from '../i18n/use-text';
import { ScrollRegion } from './scroll-region';

const Plot = lazy(() => import('./plot'));

export interface ChartSeries {
  label: string;
  x: readonly number[];
  y: readonly number[];
  /** Custom property of the colour. */
  colour: `--${string}`;
  width?: number;
  /** 0 to 1; raw curves stand behind their smoothed ones. */
  alpha?: number;
  points?: boolean;
}

interface Props {
  title: string;
  sentence: string;
  series: readonly ChartSeries[];
  height: number;
  /** Level of the title in the outline of the page. */
  level?: 2 | 3;
  /** Upper edge of a shaded band from the bottom of the chart. */
  band?: { to: number; label: string } | null;
}

const TABLE_ROWS = 40;

/** A line chart with its title, one sentence, a key, and the same numbers as a table. uPlot is loaded when the first one is shown. */
export function Chart({ title, sentence, series, height, level = 3, band = null }: Props) {
  const { t, count, measure } = useText();
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  const { x, columns } = align(series);
  const Heading = `h${level}` as const;
  const keys = series.length > 1 || band !== null;

  return (
    <figure className="chart" aria-labelledby={id}>
      <div className="spread">
        <Heading id={id}>{title}</Heading>
        <button type="button" className="button small plain" aria-pressed={asTable} aria-label={`${t('app.table')}: ${title}`} onClick={() => setAsTable(!asTable)}>
          {t(asTable ? 'app.chart' : 'app.table')}
        </button>
      </div>
      <figcaption className="quiet">{sentence}</figcaption>
      {keys && (
        <ul className="chart-keys">
          {series.map(({ label, colour, alpha }) => (
            <li key={label}><i className="key" style={{ '--colour': `var(${colour})`, opacity: alpha } as React.CSSProperties} />{label}</li>
          ))}
          {band && <li><i className="key band" style={{ '--colour': 'var(--floor)' } as React.CSSProperties} />{band.label}</li>}
        </ul>
      )}
      {asTable ? (
        <ScrollRegion className="chart-table" label={title}>
          <table className="table">
            <thead>
              <tr><th scope="col" className="number">{t('app.step')}</th>{series.map(({ label }) => <th scope="col" key={label} className="number">{label}</th>)}</tr>
            </thead>
            <tbody>
              {evenRows(x.length, TABLE_ROWS).map((row) => (
                <tr key={x[row]}><th scope="row" className="number">{count(x[row])}</th>{columns.map((column, i) => <td key={series[i].label} className="number">{measure(column[row])}</td>)}</tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      ) : (
        <div aria-hidden="true" style={{ height }}>
          <Suspense fallback={null}>
            <Plot x={x} columns={columns} series={series} height={height} band={band?.to ?? null} />
          </Suspense>
        </div>
      )}
    </figure>
  );
}
