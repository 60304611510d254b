import { useEffect, useRef, useState } from 'react';
import { useSlice, useStudio } from '../../app/context';
import { useStageName } from '../../app/narration';
import { useText } from '../../i18n/use-text';
import { prepareCanvas } from '../../ui/canvas';
import { Range, SelectField } from '../../ui/fields';
import { toRgba } from '../../ui/tile-store';
import { useSize } from '../../ui/use-size';
import type { Frame } from './store';

const GAP = 2;

function draw(canvas: HTMLCanvasElement, frame: Frame, columns: number, side: number, width: number, height: number): void {
  const context = prepareCanvas(canvas, width, height);
  if (!context) return;
  const tile = new OffscreenCanvas(frame.size, frame.size);
  const pen = tile.getContext('2d');
  if (!pen) return;
  const image = new ImageData(frame.size, frame.size);
  const bytes = frame.size ** 2 * frame.channels;
  context.imageSmoothingQuality = 'high';
  for (let i = 0; i < frame.count; i++) {
    toRgba(frame.pixels.subarray(i * bytes, (i + 1) * bytes), frame.channels, image.data);
    pen.putImageData(image, 0, 0);
    context.drawImage(tile, (i % columns) * (side + GAP), Math.floor(i / columns) * (side + GAP), side, side);
  }
}

/** What the model draws from the same noise, and how that came about. */
export function Samples() {
  const { t, count } = useText();
  const { telemetry } = useStudio();
  const stageName = useStageName();
  useSlice('run', (state) => state.version);
  const current = useSlice('run', (state) => state.current);
  const [chosen, setChosen] = useState<string | null>(null);
  const [pinned, setPinned] = useState<number | null>(null);
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(host);

  const stages = [...telemetry.frames.keys()];
  const latest = current !== null && stages.includes(current) ? current : stages[stages.length - 1];
  const stage = chosen !== null && stages.includes(chosen) ? chosen : latest;
  const frames = stage === undefined ? [] : telemetry.frames.get(stage) ?? [];
  const index = pinned === null ? frames.length - 1 : Math.min(pinned, frames.length - 1);
  const frame = frames[index];
  const columns = frame ? Math.ceil(Math.sqrt(frame.count * 1.6)) : 1;
  const side = Math.max(4, (width - GAP * (columns - 1)) / columns);
  const height = frame ? Math.ceil(frame.count / columns) * (side + GAP) - GAP : 0;

  useEffect(() => {
    if (canvas.current && frame && width > 0) draw(canvas.current, frame, columns, side, width, height);
  }, [frame, columns, side, width, height]);

  return (
    <section className="samples stack-s">
      <h2>{t('observe.samples.title')}</h2>
      <p className="quiet">{t(frame ? 'observe.samples.sentence' : 'observe.samples.none')}</p>
      <div ref={host} className="samples-picture">
        {frame && stage !== undefined && (
          <canvas
            ref={canvas} role="img" style={{ width: '100%', height }}
            aria-label={t('observe.samples.label', { images: count(frame.count), stage: stageName(stage), step: count(frame.step) })}
          />
        )}
      </div>
      {frame && stage !== undefined && (
        <div className="samples-controls">
          <SelectField
            label={t('observe.samples.stage')} value={stage} options={stages.map((value) => ({ value, label: stageName(value) }))}
            onChange={(value) => { setChosen(value); setPinned(null); }}
          />
          <div className="field">
            <span className="label">{t('observe.samples.at', { step: count(frame.step) })}</span>
            <Range
              ink label={t('observe.samples.scrub')} least={0} most={Math.max(1, frames.length - 1)} step={1} value={index}
              spoken={t('observe.samples.at', { step: count(frame.step) })} onChange={(value) => setPinned(value >= frames.length - 1 ? null : value)}
            />
          </div>
        </div>
      )}
    </section>
  );
}
