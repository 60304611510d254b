import type { RunSummary } from '../../../workers/protocol';
import { useStageName } from '../../app/narration';
import { useText } from '../../i18n/use-text';
import { humanise } from '../condense/schema';
import { presets, strategies } from '../condense/store';
import type { Change } from './changes';
import type { Column, Figure } from './figures';

/** Hashes of nets are shown by their beginning. */
const HASH = /^[0-9a-f]{64}$/;

/** A changed setting in the person's language: `Selection: Strategy: Interval → Random`. */
export function useChangeText(): (change: Change) => string {
  const { t, option, language } = useText();
  const stageName = useStageName();
  const labels: Record<string, string> = { dataset: t('compare.changes.dataset'), preset: t('condense.effort.preset'), seed: t('condense.effort.seed'), engine: t('condense.effort.engine') };
  const selection: Record<string, string> = {
    imagesPerClass: t('condense.size.perClass'), strategy: t('condense.strategy.label'), multiplier: t('condense.strategy.multiplier'),
    draws: t('condense.strategy.draws'), strata: t('condense.strategy.strata'), seed: t('condense.strategy.seed'),
  };
  const name = ({ stage, option: id }: Change): string => {
    if (stage === 'run') return labels[id];
    if (stage === 'select' && selection[id]) return selection[id];
    return t('compare.changes.of', { stage: stageName(stage), option: option(stage, id, 'label', humanise(id)) });
  };
  const value = (change: Change, part: Change['from']): string => {
    if (part === null) return t('compare.changes.unknown');
    if (part === '') return t('compare.changes.none');
    if (typeof part === 'boolean') return t(part ? 'condense.advanced.on' : 'condense.advanced.off');
    if (typeof part === 'number') return new Intl.NumberFormat(language, { maximumSignificantDigits: 10 }).format(part);
    const strategy = change.option === 'strategy' && strategies.find((known) => known === part);
    if (strategy) return t(`condense.strategy.names.${strategy}`);
    const preset = change.option === 'preset' && presets.find((known) => known === part);
    if (preset) return t(`condense.effort.presets.${preset}`);
    if (change.option === 'engine' && (part === 'webgpu' || part === 'wasm' || part === 'cpu')) return t(`condense.effort.engines.${part}`);
    return HASH.test(part) ? `${part.slice(0, 8)}…` : part;
  };
  return (change) => t('compare.changes.one', { name: name(change), from: value(change, change.from), to: value(change, change.to) });
}

/** A number of a column as it is written, without its spread. */
export function useFigureText(): (column: Column, figure: Figure) => string {
  const { t, count, bytes, measure, share, points, duration } = useText();
  return (column, { value, sd }) => {
    switch (column) {
      case 'images': return count(value);
      case 'bytes': return bytes(value);
      case 'recall':
      case 'copies': return share(value);
      case 'hard':
      case 'soft': return sd === undefined ? t('observe.students.percent', { points: points(value) }) : t('compare.table.spread', { mean: points(value), sd: points(sd) });
      case 'time': return duration(value);
      default: return measure(value);
    }
  };
}

/** A mean over runs with its standard deviation, in the unit of its column. */
export function useMeanText(): (column: Column, mean: { mean: number; sd: number }) => string {
  const { t, points, measure } = useText();
  const plain = useFigureText();
  return (column, { mean, sd }) => {
    if (column === 'images' || column === 'bytes' || column === 'time') return plain(column, { value: mean, behind: null });
    if (column === 'fd' || column === 'features' || column === 'kid') return t('compare.table.mean', { mean: measure(mean), sd: measure(sd) });
    return t('compare.table.spread', { mean: points(mean), sd: points(sd) });
  };
}

/** What a run is called where only its name stands. */
export const nameOf = (run: Pick<RunSummary, 'name' | 'datasetName'>): string => run.name || run.datasetName;
