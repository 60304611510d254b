import * as tf from '@tensorflow/tfjs-core';
import { vi } from 'vitest';
import { sizeOf } from '../../ops/shape';

/** Every tensor a kernel makes from here on, its result as well as what it needs in between, starts as NaN. Undone by `vi.restoreAllMocks`. */
export function poison(): void {
  const backend = tf.backend() as unknown as { makeTensorInfo(shape: number[], dtype: tf.DataType, values?: Float32Array): tf.TensorInfo };
  const make = backend.makeTensorInfo.bind(backend);
  vi.spyOn(backend, 'makeTensorInfo').mockImplementation((shape, dtype, values) =>
    make(shape, dtype, values ?? (dtype === 'float32' ? new Float32Array(sizeOf(shape)).fill(NaN) : undefined)));
}
