import * as tf from '@tensorflow/tfjs-core';
import { normalizeAxes, replaceGradient, replaceGradientOfList, replaceGradientOfMany } from './registry';

/** Kernels that move, cut or join values. */
export function installStructureGradients(): void {
  replaceGradient('Identity', [], (dy) => ({ x: () => tf.clone(dy) }));
  replaceGradient('Cast', [], (dy) => ({ x: () => tf.clone(dy) }));
  replaceGradient('Reshape', ['x'], (dy, [x]) => ({ x: () => tf.reshape(dy, x.shape) }));
  replaceGradient('ExpandDims', ['input'], (dy, [input]) => ({ input: () => tf.reshape(dy, input.shape) }));
  replaceGradient('Transpose', [], (dy, _saved, attrs) => ({
    x: () => {
      const perm = attrs.perm as number[];
      return tf.transpose(dy, perm.map((_, axis) => perm.indexOf(axis)));
    },
  }));
  replaceGradient('Slice', ['x'], (dy, [x], attrs) => ({
    x: () => {
      const [begin, size] = tf.slice_util.parseSliceParams(x, attrs.begin as number[], attrs.size as number[]);
      return tf.pad(dy, begin.map((start, axis) => [start, x.shape[axis] - start - size[axis]] as [number, number]));
    },
  }));
  replaceGradient('PadV2', ['x'], (dy, [x], attrs) => ({
    x: () => tf.slice(dy, (attrs.paddings as [number, number][]).map(([before]) => before), x.shape),
  }));
  replaceGradient('Reverse', [], (dy, _saved, attrs) => ({ x: () => tf.reverse(dy, normalizeAxes(attrs.dims, dy.rank)) }));
  replaceGradient('Select', ['condition'], (dy, [condition]) => ({
    condition: () => tf.zeros(condition.shape),
    t: () => tf.where(condition, dy, tf.zerosLike(dy)),
    e: () => tf.where(condition, tf.zerosLike(dy), dy),
  }));
  replaceGradientOfList('Concat', ([dy], saved, attrs) => {
    const [axis] = normalizeAxes(attrs.axis, saved[0].rank);
    return tf.split(dy, saved.map((part) => part.shape[axis]), axis);
  });
  replaceGradientOfList('Pack', ([dy], _saved, attrs) => tf.unstack(dy, attrs.axis as number));
  replaceGradientOfList('AddN', ([dy], saved) => saved.map(() => tf.clone(dy)));
  replaceGradientOfMany('SplitV', [], (dys, _saved, attrs) => ({ x: () => tf.concat(dys, attrs.axis as number) }));
  replaceGradientOfMany('Unpack', [], (dys, _saved, attrs) => ({ value: () => tf.stack(dys, attrs.axis as number) }));
}
