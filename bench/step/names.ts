/** Who takes part, and in what. */
export const CONTESTANTS = ['ours', 'oursEager', 'stock', 'jax'] as const;
export type ContestantName = (typeof CONTESTANTS)[number];

export const PROBLEM_NAMES = ['unet', 'dit', 'convnet', 'wasm'] as const;
export type ProblemName = (typeof PROBLEM_NAMES)[number];

/** wasm has nothing to replay, so that ours is the eager step there; jax-js is compared on WebGPU only. */
export const TAKE_PART: Record<ProblemName, readonly ContestantName[]> = {
  unet: CONTESTANTS, dit: CONTESTANTS, convnet: CONTESTANTS, wasm: ['ours', 'stock'],
};
