import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useText } from '../i18n/use-text';
import { resolveColour } from './canvas';
import type { ChartSeries } from './chart';
import { useScheme } from './use-scheme';
import { useSize } from './use-size';

interface Props {
  x: number[];
  columns: (number | null)[][];
  series: readonly ChartSeries[];
  height: number;
  band: number | null;
}

/** Fills from the bottom of the plot up to `to`, behind the curves. */
function drawBand(plot: uPlot, to: number, colour: string): void {
  const { left, top, width, height } = plot.bbox;
  const y = Math.max(top, Math.min(top + height, plot.valToPos(to, 'y', true)));
  plot.ctx.fillStyle = colour;
  plot.ctx.fillRect(left, y, width, top + height - y);
}

/** What decides whether uPlot is built anew; new points alone only go through setData. */
interface Look {
  series: Omit<ChartSeries, 'x' | 'y'>[];
  band: number | null;
  scheme: string;
}

/** The canvas part of a chart. In a chunk of its own, because uPlot is not needed before something trains. */
export default function Plot({ x, columns, series, height, band }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = useRef<uPlot.AlignedData>([x, ...columns]);
  const { width } = useSize(host);
  const scheme = useScheme();
  const { tick } = useText();
  const wanted: Look = { series: series.map(({ x: _x, y: _y, ...rest }) => rest), band, scheme };
  // Compared by value: the props are new objects on every event of a run.
  const look = JSON.stringify(wanted);

  useEffect(() => {
    data.current = [x, ...columns];
    plot.current?.setData(data.current);
  }, [x, columns]);

  useEffect(() => {
    const element = host.current;
    if (!element || width === 0) return;
    const { series: lines, band: top } = JSON.parse(look) as Look;
    const [ink, line, floor] = ['--ink-3', '--line', '--floor'].map((name) => resolveColour(element, name));
    const font = `12px ${getComputedStyle(element).fontFamily}`;
    const axis: uPlot.Axis = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 4 }, gap: 4 };
    const made = new uPlot(
      {
        width, height, legend: { show: false }, padding: [8, 10, 0, 0],
        cursor: { y: false, points: { size: 7 } },
        scales: {
          x: { time: false },
          // The band must be in view for a curve to be read against it.
          y: top === null ? {} : { range: (_, least, most) => uPlot.rangeNum(Math.min(0, least), Math.max(most, top), 0.08, true) },
        },
        axes: [
          { ...axis, size: 30, values: (_, splits) => splits.map(tick) },
          { ...axis, size: 54, values: (_, splits) => splits.map(tick) },
        ],
        series: [
          {},
          ...lines.map(({ label, colour, alpha, width: stroke, points }): uPlot.Series => ({
            label, stroke: resolveColour(element, colour), width: stroke ?? 1.75, alpha: alpha ?? 1, spanGaps: true,
            points: { show: points ?? false, size: 6 },
          })),
        ],
        hooks: { drawClear: top === null ? [] : [(drawn) => drawBand(drawn, top, floor)] },
      },
      data.current,
      element,
    );
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [look, width, height, tick]);

  return <div ref={host} />;
}
