import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { openNodeWebGpu } from '../engine/node-gpu.testing';
import { softmaxCrossEntropy } from '../engine/ops';
import { RandomStream } from '../random';

it('trains an encoder in few dispatches that are replayed, and uploads its minibatch', async () => {
  const { engine, release } = await openNodeWebGpu();
  // After navigator.gpu exists, as everything that loads tfjs' WebGPU kernels.
  const { convNetSpecs, runningStatistics, trainForward, updateStatistics } = await import('./convnet');
  const { encoderNet } = await import('./encoder');
  const { initialise } = await import('./init');
  const net = encoderNet({ size: 8, channels: 3, classes: 4, width: 8 });
  const optimizer = engine.optimizer(initialise(convNetSpecs(net), new RandomStream(1, 'encoder.webgpu')), {});
  const step = engine.compileStep<'images' | 'targets' | 'share' | 'rest', string>(optimizer, {
    inputs: { images: [4, 8, 8, 3], targets: [4, 4], share: [1], rest: [1] },
    state: runningStatistics(net),
    loss: (params, { images, targets, share, rest }, running) => {
      const { logits, statistics } = trainForward(net, params, images);
      return { loss: tf.mean(softmaxCrossEntropy(logits, targets)), state: updateStatistics(running, statistics, share, rest) };
    },
  });
  const inputs = {
    images: new RandomStream(2, 'encoder.webgpu').normals(new Float32Array(4 * 192)), targets: Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0)),
    share: Float32Array.of(0.1), rest: Float32Array.of(0.9),
  };
  const losses: number[] = [];
  let before = engine.counters();
  for (let k = 0; k < 4; k++) {
    before = engine.counters();
    losses.push(await step.run(inputs, 1e-2).loss);
  }
  const after = engine.counters();
  const bytes = 4 * Object.values(inputs).reduce((sum, { length }) => sum + length, 0) + 32;
  step.dispose();
  optimizer.dispose();
  release();
  expect(losses[3]).toBeLessThan(losses[0]);
  expect(after.steps.replayed).toBeGreaterThan(0);
  expect(after.uploadBytes - before.uploadBytes).toBe(bytes);
  // A block: convolution with two gradients, statistics and y, three dispatches back, the running statistics; each of these at most once more for a second pass.
  expect(after.dispatches - before.dispatches).toBeLessThanOrEqual(80);
});
