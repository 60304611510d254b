import { RandomStream } from '../../random';
import { prepare, type CandidateInput, type Candidates } from './strategies/candidates';

/** Candidates whose class sizes are `counts`, shuffled over the rows, with gaussian features around a mean per class. */
export function syntheticInput(counts: readonly number[], dim: number, seed: number): CandidateInput {
  const stream = new RandomStream(seed, 'test/candidates');
  const classes = Uint16Array.from(stream.shuffle(counts.flatMap((count, index) => Array.from({ length: count }, () => index))));
  const scores = Float32Array.from(classes, () => stream.normal());
  const features = Float32Array.from({ length: classes.length * dim }, (_, at) => 2 * classes[Math.floor(at / dim)] + stream.normal());
  return { scores, classes, classCount: counts.length, features, dim };
}

export function synthetic(counts: readonly number[], dim: number, seed: number): Candidates {
  return prepare(syntheticInput(counts, dim, seed));
}
