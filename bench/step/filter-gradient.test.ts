import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { RandomStream } from '../../workers/random';
import { composedFilterGradient, type FilterGradientAttrs } from './filter-gradient';

// The plain loops of the cpu backend are the reference.
beforeAll(() => tf.setBackend('cpu'));

it.each([
  { side: 6, kernel: 3, stride: 1, pad: 'same' }, { side: 6, kernel: 3, stride: 2, pad: 'same' }, { side: 7, kernel: 3, stride: 2, pad: 'same' },
  { side: 5, kernel: 1, stride: 1, pad: 'same' }, { side: 7, kernel: 3, stride: 1, pad: 'valid' },
  // The last row and column of the image are never seen.
  { side: 6, kernel: 3, stride: 2, pad: 'valid' },
] as const)('agrees with the kernel it stands for: %o', ({ side, kernel, stride, pad }) => {
  const stream = new RandomStream(5, 'test/filter-gradient');
  const filterShape: [number, number, number, number] = [kernel, kernel, 3, 4];
  const out = tf.backend_util.computeConv2DInfo([2, side, side, 3], filterShape, stride, 1, pad);
  const draw = (shape: number[]) => tf.tensor(stream.normals(new Float32Array(shape.reduce((product, size) => product * size, 1))), shape);
  const [x, dy] = [draw([2, side, side, 3]), draw(out.outShape)];
  const attrs: FilterGradientAttrs = { strides: stride, pad, filterShape };
  const composed = composedFilterGradient(x, dy, attrs);
  const reference = tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, { ...attrs, dataFormat: 'NHWC' } as unknown as tf.NamedAttrMap) as tf.Tensor;
  expect(composed.shape).toEqual(filterShape);
  const expected = reference.dataSync();
  composed.dataSync().forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(1e-4));
});
