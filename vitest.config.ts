import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['workers/**/*.test.ts', 'src/**/*.test.ts', 'cli/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
    testTimeout: 120_000,
    // Opening WebGPU on a busy machine without a GPU takes its time.
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
