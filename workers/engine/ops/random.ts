import * as tf from '@tensorflow/tfjs-core';
import { KEY_LENGTH, RandomStream } from '../../random';
import { replaceGradient } from '../gradients/registry';
import { sizeOf } from './shape';

/** Kernels that draw from the place of a stream in their input `key`. */
export const STREAM_UNIFORM = 'StreamUniform';
export const STREAM_NORMAL = 'StreamNormal';

const FILL = {
  [STREAM_UNIFORM]: (stream: RandomStream, out: Float32Array) => stream.uniforms(out),
  [STREAM_NORMAL]: (stream: RandomStream, out: Float32Array) => stream.portableNormals(out),
};

function draw(kernelName: string, shape: readonly number[], key: tf.Tensor): tf.Tensor {
  if (key.size !== KEY_LENGTH) throw new RangeError(`A random key has ${KEY_LENGTH} numbers, not ${key.size}.`);
  if (sizeOf(shape) === 0) throw new RangeError(`There are no random numbers of shape [${shape.join()}].`);
  return tf.engine().runKernel(kernelName, { key }, { shape: shape.slice() }) as tf.Tensor;
}

/**
 * Uniforms in [0, 1) of 24 bits, where `RandomStream.uniforms` would go on from. The same bits on every engine; no gradient flows into them.
 * @param key `RandomStream.key`, as a tensor of 8 numbers, so that a compiled step can take another place every run.
 */
export function uniform(shape: readonly number[], key: tf.Tensor): tf.Tensor {
  return draw(STREAM_UNIFORM, shape, key);
}

/** Standard normals, where `RandomStream.portableNormals` would go on from; else as `uniform`. */
export function normal(shape: readonly number[], key: tf.Tensor): tf.Tensor {
  return draw(STREAM_NORMAL, shape, key);
}

/** Registers the kernels of the engines that draw on the processor, and that nothing depends on the key, for all engines. */
export function installRandomKernels(): void {
  for (const [kernelName, fill] of Object.entries(FILL)) {
    for (const backendName of ['cpu', 'wasm']) {
      tf.registerKernel({
        kernelName,
        backendName,
        kernelFunc: ({ inputs, attrs, backend }) => {
          const host = backend as tf.KernelBackend;
          const shape = attrs!.shape as number[];
          const stream = RandomStream.fromKey(host.readSync(inputs.key!.dataId) as Float32Array);
          const values = fill(stream, new Float32Array(sizeOf(shape)));
          return { dataId: host.write(values, shape, 'float32') as object, shape, dtype: 'float32' };
        },
      });
    }
    replaceGradient(kernelName, ['key'], (_dy, [key]) => ({ key: () => tf.zerosLike(key) }));
  }
}
