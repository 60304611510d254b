import type { Preset, PresetOptions } from '../../runs/recipe';

/**
 * Steps and sizes of the presets. `quick` fits a few thousand 16 px images into a quarter of an hour on two processor cores;
 * `standard` takes the defaults of the stages; `thorough` trains the scorer four times as long and samples three times as
 * many images.
 */
export const presets: Record<Preset, PresetOptions> = {
  quick: {
    encoder: { epochs: 8, maxSteps: 1200 },
    judge: { epochs: 8, maxSteps: 1200 },
    scorer: { steps: 1200, batch: 32, width: 32, previewEvery: 100 },
    score: { agreementImages: 500 },
    teacher: { epochs: 8, maxSteps: 1200 },
    students: { steps: 200, packed: false },
    curve: { steps: 450, batch: 32, width: 32, evaluateEvery: 150, samples: 500, previewEvery: 0 },
  },
  standard: {},
  thorough: {
    scorer: { steps: 6400 },
    score: { timesteps: 32, agreementImages: 0 },
    teacher: { epochs: 40 },
    students: { seeds: 5, steps: 600 },
    curve: { steps: 4000, evaluateEvery: 500, samples: 3000, samplerSteps: 25 },
  },
};
