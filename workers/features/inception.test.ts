import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestEngine } from '../engine/engine.testing';
import type { Engine } from '../engine/types';
import { FID_SHA256, inceptionLabel, inceptionWeights, openInception } from './inception';
import { forwardErrors } from './inception.forward.testing';
import { INCEPTION, inceptionConvolutions, inceptionFlops } from './inception.graph';
import { randomInception } from './inception.testing';

let engine: Engine;
beforeAll(async () => {
  engine = await openTestEngine('wasm');
});
afterAll(() => engine.close());

describe('the FID Inception', () => {
  it('agrees block by block with float64 loops, on seeded weights', async () => {
    // 107 px leave 2x2 pixels at the end, where padding-excluding averages and the maximum differ from every other pool.
    const before = tf.memory().numTensors;
    const errors = await forwardErrors(107, 1);
    expect([...errors.keys()]).toEqual([...INCEPTION.map(({ name }) => name), 'features']);
    for (const [name, error] of errors) expect(error, name).toBeLessThan(1e-5);
    expect(tf.memory().numTensors).toBe(before);
  }, 120_000);

  it('has the layers and the cost of the published net', () => {
    expect(inceptionConvolutions()).toHaveLength(94);
    expect(inceptionConvolutions().reduce((sum, { from, to, kernel }) => sum + from * to * kernel[0] * kernel[1], 0)).toBe(21_751_136);
    expect(inceptionConvolutions().at(-1)).toMatchObject({ side: 8, from: 2048, to: 192 });
    expect(inceptionFlops() / 2e9).toBeCloseTo(5.71, 1);
  });

  it('refuses weights that are not its own, naming the tensor', () => {
    const whole = randomInception(2);
    const refused = (change: (tensors: typeof whole) => void, found: string): void => {
      const tensors = { ...whole };
      change(tensors);
      expect(() => inceptionWeights(tensors)).toThrow(expect.objectContaining({ code: 'weights-mismatch', sentence: expect.stringContaining(found) as string }));
    };
    refused((tensors) => { delete tensors['Mixed_6c.branch7x7_2.conv.weight']; }, '"Mixed_6c.branch7x7_2.conv.weight" is missing');
    // As a column where a row belongs.
    refused((tensors) => { tensors['Mixed_6c.branch7x7_2.conv.weight'] = { ...whole['Mixed_6c.branch7x7_2.conv.weight'], shape: [160, 160, 7, 1] }; }, '[160, 160, 7, 1] where [160, 160, 1, 7]');
    // torchvision's own net ends in 1,000 classes.
    refused((tensors) => { tensors['fc.weight'] = { shape: [1000, 2048], values: new Float32Array(1000 * 2048) }; }, '[1000, 2048] where [1008, 2048]');
    refused((tensors) => { tensors['Mixed_5b.branch1x1.bn.bias'] = { shape: [64], values: new Float32Array(64).fill(NaN) }; }, 'not finite');
    refused((tensors) => { tensors['Mixed_5b.branch1x1.bn.running_var'] = { shape: [64], values: new Float32Array(64).fill(-1) }; }, 'negative');
  });

  it('is FID with the standard weights alone', () => {
    expect(inceptionLabel(FID_SHA256, 'Inception')).toBe('FID');
    expect(inceptionLabel(FID_SHA256.replace('6', '7'), 'my net')).toBe('FD(my net)');
  });

  it('takes bytes of any size and channel count, and gives an image the same features in any batch', async () => {
    const shape = { size: 16, channels: 1 } as const;
    const net = openInception(inceptionWeights(randomInception(3)), shape, 'pytorch', { name: 'random', label: 'FD(random)' });
    const pixels = Uint8Array.from({ length: 2 * 256 }, (_, i) => (i * i) % 251);
    const both = await net.features(pixels, 2);
    const second = await net.features(pixels.subarray(256), 1);
    net.dispose();
    expect(both).toHaveLength(2 * 2048);
    expect(both.slice(2048)).toEqual(second);
    expect(both.slice(0, 2048)).not.toEqual(second);
  }, 120_000);
});
