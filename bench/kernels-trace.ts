import * as tf from '@tensorflow/tfjs-core';
import { differentiate } from '../workers/engine/differentiate';
import { averagePool2, conv2d, globalAveragePool, meanSquare } from '../workers/engine/ops';
import type { Params } from '../workers/engine/types';
import type { Gpu } from '../workers/engine/webgpu/kernels/program';
import type { Tiled } from '../workers/engine/webgpu/kernels/tiled';
import { createDiT } from '../workers/nets/dit';
import { conditionInputs, conditionShapes, type DiffusionNet } from '../workers/nets/net';
import { createUNet } from '../workers/nets/unet';
import { RandomStream } from '../workers/random';

const BATCH = 8;
const SHAPE = { size: 32, channels: 3, classes: 10 };

/** One product of a training step. */
export interface Traced {
  kernel: Tiled;
  /** The registered kernel behind it, with what it was called with. */
  name: string;
  shapes: Record<string, number[]>;
  attrs: tf.NamedAttrMap;
  /** How often each net computes it in one step. */
  uses: Record<string, number>;
}

type Definition = { params: Params; loss: (params: Params) => tf.Tensor };

/** Draws tensors, the same in the same order. */
function drawing(): (...shape: number[]) => tf.Tensor {
  const stream = new RandomStream(1, 'bench/kernels');
  return (...shape) => tf.tensor(stream.normals(new Float32Array(shape.reduce((a, b) => a * b, 1))), shape);
}

function diffusion(net: DiffusionNet): Definition {
  const draw = drawing();
  const [noisy, target] = [draw(BATCH, SHAPE.size, SHAPE.size, SHAPE.channels), draw(BATCH, SHAPE.size, SHAPE.size, SHAPE.channels)];
  const given = conditionInputs(net, new Float32Array(BATCH).fill(0.5), new Int32Array(BATCH));
  const shapes = conditionShapes(net, BATCH);
  const initial = net.init(new RandomStream(1, 'bench/kernels/init'));
  const [time, labels] = [tf.tensor(given.time, shapes.time), tf.tensor(given.labels, shapes.labels)];
  return {
    // What starts at zero in training would leave most gradients zero.
    params: Object.fromEntries(net.specs.map(({ name, shape, init }) =>
      [name, init === 'zero' ? tf.mul(draw(...shape), 0.02) : tf.tensor(initial[name].values, shape)])),
    loss: (params) => tf.mean(meanSquare(net.apply(params, noisy, time, labels), target)),
  };
}

/** Three blocks of 3x3 convolutions to 128 channels with pooling between, differentiated down to the pixels, as DWA recovers images. */
function recovery(): Definition {
  const draw = drawing();
  return {
    params: { pixels: draw(BATCH, 32, 32, 3), f0: draw(3, 3, 3, 128), f1: draw(3, 3, 128, 128), f2: draw(3, 3, 128, 128) },
    loss: ({ pixels, f0, f1, f2 }) => {
      const block = (x: tf.Tensor, filter: tf.Tensor) => averagePool2(tf.relu(conv2d(x, filter, { stride: 1, pad: 'same' })));
      return tf.mean(tf.square(globalAveragePool(block(block(block(pixels, f0), f1), f2))));
    },
  };
}

/** The nets people train here, at batch 8. */
export const NETS = {
  unet: () => diffusion(createUNet({ kind: 'unet', ...SHAPE, width: 32, multipliers: [1, 2, 2], embedding: 128, attention: false })),
  dit: () => diffusion(createDiT({ kind: 'dit', ...SHAPE, patch: 4, width: 128, depth: 6, heads: 4, featureDepth: 3 })),
  convnet: recovery,
} satisfies Record<string, () => Definition>;

export type NetName = keyof typeof NETS;

/** Every product that a training step of these nets at batch 8 computes, each shape once, as the kernels themselves ask for them. */
export function traceNets(gpu: Gpu, nets: string[]): Traced[] {
  const found = new Map<string, Traced>();
  const engine = tf.engine();
  const runKernel = engine.runKernel.bind(engine);
  for (const [net, definition] of Object.entries(NETS).filter(([name]) => nets.includes(name))) {
    let called: Pick<Traced, 'name' | 'shapes' | 'attrs'> = { name: '', shapes: {}, attrs: {} };
    engine.runKernel = ((name: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap) => {
      called = { name, shapes: Object.fromEntries(Object.entries(inputs).map(([key, { shape }]) => [key, shape])), attrs };
      return runKernel(name, inputs, attrs);
    }) as typeof engine.runKernel;
    gpu.chooser = {
      choose: (kernel) => {
        const traced = found.get(kernel.key) ?? { kernel, ...called, uses: {} };
        traced.uses[net] = (traced.uses[net] ?? 0) + 1;
        found.set(kernel.key, traced);
        return kernel.usual;
      },
    };
    tf.tidy(() => {
      const { params, loss } = definition();
      differentiate(params, loss);
    });
  }
  engine.runKernel = runKernel;
  gpu.chooser = null;
  return [...found.values()];
}
