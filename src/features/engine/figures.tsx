import { useEffect } from 'react';
import type { EngineFigures } from '../../../workers/protocol';
import { useSlice, useStudio } from '../../app/context';
import { useText } from '../../i18n/use-text';
import { NumberField } from '../../ui/fields';
import { ScrollRegion } from '../../ui/scroll-region';

const EVERY_MS = 1000;
const MB = 1e6;
const UNITS = [[1e12, 'TFLOP'], [1e9, 'GFLOP'], [1e6, 'MFLOP'], [1e3, 'kFLOP']] as const;
/** What only a device has. */
const DEVICE_ROWS = ['dispatches', 'passes', 'submits', 'copies', 'buffersCreated', 'pipelines', 'uploadBytes'] as const;

/** What the engine does with the machine: memory against its limit, and the cost of a training step. Follows a run while it is shown. */
export function EngineCounters() {
  const { t, bytes } = useText();
  const studio = useStudio();
  const { figures, memory, verdict } = useSlice('engine', (state) => state);
  useEffect(() => {
    const refresh = (): void => void studio.engine.getState().refresh();
    refresh();
    const timer = setInterval(refresh, EVERY_MS);
    return () => clearInterval(timer);
  }, [studio, verdict]);
  if (!figures || !verdict) return null;
  return (
    <>
      <section className="stack-s">
        <h3>{t('engine.memory')}</h3>
        <dl className="facts">
          <div><dt>{t('engine.live')}</dt><dd>{bytes(figures.liveBytes)}</dd></div>
          <div><dt>{t('engine.peak')}</dt><dd>{bytes(figures.peakBytes)}</dd></div>
          <div><dt>{t('engine.cap')}</dt><dd>{bytes(figures.capBytes)}</dd></div>
        </dl>
        <NumberField
          label={t('engine.limit')} hint={t('engine.limitHint')} value={memory === null ? 0 : Math.round(memory / MB)} least={0} most={65_536} step={256}
          onChange={(megabytes) => void studio.engine.getState().limitMemory(megabytes > 0 ? megabytes * MB : null)}
        />
      </section>
      <section className="stack-s">
        <h3>{t('engine.work')}</h3>
        <p className="quiet">{t(verdict.kind === 'webgpu' ? 'engine.workText' : 'engine.workTextHost')}</p>
        <Work figures={figures} device={verdict.kind === 'webgpu'} />
      </section>
    </>
  );
}

function Work({ figures, device }: { figures: EngineFigures; device: boolean }) {
  const { t, count, bytes, tick } = useText();
  const { lastStep, steps } = figures;
  const short = (value: number): string => tick(Number(value.toPrecision(3)));
  const flops = (value: number): string => {
    const [unit, name] = UNITS.find(([least]) => value >= least) ?? [1, 'FLOP'];
    return `${short(value / unit)} ${name}`;
  };
  const shown = (row: (typeof DEVICE_ROWS)[number], value: number): string => (row === 'uploadBytes' ? bytes(value) : count(value));
  const none = t('engine.none');
  return (
    <>
      <ScrollRegion label={t('engine.work')}>
        <table className="table">
          <thead>
            <tr><th scope="col">{t('engine.what')}</th><th scope="col" className="number">{t('engine.lastStep')}</th><th scope="col" className="number">{t('engine.total')}</th></tr>
          </thead>
          <tbody>
            <tr><th scope="row">{t('engine.rows.flops')}</th><td className="number">{lastStep ? flops(lastStep.flops) : none}</td><td className="number">{flops(figures.flops)}</td></tr>
            {device && DEVICE_ROWS.map((row) => (
              <tr key={row}><th scope="row">{t(`engine.rows.${row}`)}</th><td className="number">{lastStep ? shown(row, lastStep[row]) : none}</td><td className="number">{shown(row, figures[row])}</td></tr>
            ))}
            <tr><th scope="row">{t(device ? 'engine.rows.encoding' : 'engine.rows.computing')}</th><td className="number">{lastStep ? `${short(lastStep.milliseconds)} ms` : none}</td><td className="number">{none}</td></tr>
          </tbody>
        </table>
      </ScrollRegion>
      <p className="quiet">{t('engine.steps', { replayed: count(steps.replayed), recorded: count(steps.recorded), eager: count(steps.eager) })}</p>
      {Object.keys(steps.fallbacks).length > 0 && <p className="quiet">{t('engine.fallbacks', { reasons: Object.keys(steps.fallbacks).join('; ') })}</p>}
    </>
  );
}
