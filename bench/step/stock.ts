import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { Meter } from '../../workers/engine/webgpu/replay/meter';
import { measure, type Contestant } from './contestant';
import { ADAM, batchOf, BATCH, factorsOf, initialOf, netOf, RATE, SHAPE, type Batch } from './problem';
import { applyUNet, type Ops } from './unet';

const GROUPS = 8;

function normalize(x: tf.Tensor, g: tf.Tensor, b: tf.Tensor, film?: { scale: tf.Tensor; shift: tf.Tensor }): tf.Tensor {
  const [n, height, width, c] = x.shape as number[];
  const grouped = tf.reshape(x, [n, height * width, GROUPS, c / GROUPS]);
  const { mean, variance } = tf.moments(grouped, [1, 3], true);
  const normal = tf.reshape(tf.mul(tf.sub(grouped, mean), tf.rsqrt(tf.add(variance, 1e-5))), x.shape);
  let y = tf.add(tf.mul(normal, g), b);
  if (film) {
    const spread = (t: tf.Tensor) => tf.reshape(t, [n, 1, 1, c]);
    y = tf.add(tf.mul(y, tf.add(spread(film.scale), 1)), spread(film.shift));
  }
  return tf.mul(y, tf.sigmoid(y));
}

function unshuffle(x: tf.Tensor): tf.Tensor {
  const [n, h, w, c] = x.shape as number[];
  return tf.reshape(tf.transpose(tf.reshape(x, [(n * h) / 2, 2, w / 2, 2 * c]), [0, 2, 1, 3]), [n, h / 2, w / 2, 4 * c]);
}

function shuffle(x: tf.Tensor): tf.Tensor {
  const [n, h, w, deep] = x.shape as number[];
  return tf.reshape(tf.transpose(tf.reshape(x, [n * h, w, 2, deep / 2]), [0, 2, 1, 3]), [n, 2 * h, 2 * w, deep / 4]);
}

const OPS: Ops<tf.Tensor> = {
  convolve: (x, w, b, stride) => tf.add(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'same'), b),
  dense: (x, w, b) => tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), b),
  project(x, w, b) {
    const [n, height, width, c] = x.shape as number[];
    return tf.reshape(tf.add(tf.matMul(tf.reshape(x, [n * height * width, c]), w as tf.Tensor2D), b), [n, height, width, -1]);
  },
  normalize,
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  add: (a, b) => tf.add(a, b),
  rows: (labels, table) => tf.matMul(labels as tf.Tensor2D, table as tf.Tensor2D),
  halves: (x) => tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor],
  join: (a, b) => tf.concat([a, b], 3),
  upsample: (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [2 * x.shape[1]!, 2 * x.shape[2]!]),
  unshuffle,
  shuffle,
};

/** tfjs as it comes: its gradients, its kernels, its Adam, with decay and average added by its operations. */
export async function stock(): Promise<Contestant> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error('There is no WebGPU adapter.');
  const { maxBufferSize, maxStorageBufferBindingSize, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize },
  });
  const meter = new Meter(device);
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info), 5);
  await tf.setBackend('webgpu');

  const net = netOf('unet');
  const initial = Object.entries(initialOf(net));
  const variables = Object.fromEntries(initial.map(([name, { shape, values }]) => [name, tf.variable(tf.tensor(values, shape), true, name)]));
  const averages = Object.fromEntries(initial.map(([name, { shape, values }]) => [name, tf.variable(tf.tensor(values, shape), false, `ema/${name}`)]));
  const adam = tf.train.adam(RATE, ADAM.beta1, ADAM.beta2, ADAM.epsilon);
  const images: [number, number, number, number] = [BATCH, SHAPE.size, SHAPE.size, SHAPE.channels];

  function update(step: number, batch: Batch): Promise<number> {
    const loss = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => {
        const target = tf.tensor(batch.target, images);
        const output = applyUNet(net, OPS, variables as Record<string, tf.Tensor>, tf.tensor(batch.noisy, images),
          tf.tensor2d(batch.time, [BATCH, batch.time.length / BATCH]), tf.tensor2d(batch.labels, [BATCH, batch.labels.length / BATCH]));
        return tf.mean(tf.square(tf.sub(output, target))) as tf.Scalar;
      });
      for (const variable of Object.values(variables)) variable.assign(tf.mul(variable, 1 - RATE * ADAM.weightDecay));
      adam.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
      const { decay } = factorsOf(step + 1);
      for (const [name, average] of Object.entries(averages)) average.assign(tf.add(tf.mul(average, decay), tf.mul(variables[name], 1 - decay)));
      return value;
    });
    return loss.data().then(([value]) => {
      loss.dispose();
      return value;
    });
  }
  return {
    async step(step) {
      const batch = batchOf(net, step);
      return measure(() => meter.traffic, () => update(step, batch));
    },
  };
}
