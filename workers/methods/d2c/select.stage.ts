import type { SelectOptions } from '../../protocol';
import type { Bundle, Stage } from '../../runs/types';
import { selectOptions } from './select.options';
import { scoredImages, selectRows } from './select';

/**
 * D2C Select: score artifact and encoder features in, kept images out. `parts.rows` are data set rows, class-major;
 * `parts.perClass` the images per class. Milliseconds, so nothing is checkpointed.
 */
export const selectStage: Stage<SelectOptions, { score: Bundle; encoder: Bundle }> = {
  id: 'select',
  version: 1,
  title: 'Select images',
  options: selectOptions,
  shard: 'class',
  run: async ({ dataset, seed, progress }, { score, encoder }, options) => {
    const scored = scoredImages(score, encoder, dataset.labels(), dataset.summary.classes.length);
    const { picked, perClass } = selectRows(scored, options, seed);
    progress(1, 1);
    return {
      head: { ...options, count: picked.length, candidates: scored.rows.length },
      parts: { rows: picked, perClass: Uint32Array.from(perClass) },
    };
  },
};
