import { RandomStream } from '../random';
import { frechetDistanceOf } from './frechet';

/**
 * Times FD of two seeded samples: `npx tsx workers/metrics/speed.testing.ts [dimensions] [images]`. Prints clock and processor seconds.
 */
const [d, n] = [Number(process.argv[2] ?? 2048), Number(process.argv[3] ?? 5000)];
const [a, b] = [0, 1].map((seed) => {
  const features = new RandomStream(seed, 'speed/features').normals(new Float32Array(n * d));
  // Rectified, with a level of its own in every dimension, as features of a trained net are.
  return features.map((value, i) => Math.max(0, value + (i % d) / d - 0.1 * seed));
});
const [clock, processor] = [performance.now(), process.cpuUsage()];
const distance = frechetDistanceOf(a, n, b, n, d);
const { user, system } = process.cpuUsage(processor);
process.stdout.write(`${JSON.stringify({ d, n, distance, seconds: (performance.now() - clock) / 1000, processorSeconds: (user + system) / 1e6 })}\n`);
