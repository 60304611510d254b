import { describe, expect, it } from 'vitest';
import { memoryStore } from '../data/storage.testing';
import { bars, testContext } from '../diffusion/diffusion.testing';
import type { Engine } from '../engine/types';
import { frechetDistance } from '../metrics/frechet';
import { moments } from '../metrics/moments';
import type { SplitName } from '../protocol';
import { RandomStream } from '../random';
import type { Bundle } from '../runs/types';
import { directDistances } from './distances';
import { featuresOptions } from './features.options';
import { makeFeaturesStage } from './features.stage';
import { featureFigures } from './figures';
import fixtures from './fixtures/onnx.json';
import { addNet, loadNet } from './library';
import { createSession } from './onnx-session';

const SIDE = 12;
const splits: SplitName[] = Array.from({ length: 60 }, (_, row) => (row % 3 === 0 ? 'test' : 'train'));
const data = bars(SIDE, 3, 2, 30, splits);
const stage = makeFeaturesStage(createSession);
const store = memoryStore();
const card = await addNet(store, new File([Uint8Array.from(Buffer.from(fixtures.open, 'base64'))], 'tiny.onnx'), '', createSession, 0);
const options = featuresOptions.parse({ net: card.sha256, images: 16, inputSize: SIDE });

// ONNX nets compute in their own runtime: no engine is opened.
function context(stopAt = Infinity, resume: Bundle | null = null) {
  return { ...testContext({} as Engine, data, 5, resume, stopAt), net: (hash: string) => loadNet(store, hash) };
}

function curve(seed: number, count = 24): Bundle {
  const stream = new RandomStream(seed, 'test/samples');
  return { head: {}, parts: { samples: Uint8Array.from({ length: count * SIDE * SIDE * 3 }, () => stream.uniform() * 256), labels: new Uint32Array(count) } };
}

describe('the features of a net a person brought', () => {
  it('cover the test images and two disjoint halves of the training images', async () => {
    const { head, parts } = await stage.run(context(), {}, options);
    expect(head).toEqual({ label: 'FD(tiny)', dim: 4, inputSize: SIDE, preprocessing: 'pytorch', net: card.sha256, count: 16 + 2 * 16, reference: 16, half: 16 });
    expect(parts.features).toHaveLength(48 * 4);
    const net = await (await import('./open')).openNet(await loadNet(store, card.sha256), { size: SIDE, channels: 3 }, options, createSession);
    const of = async (split: SplitName) => {
      const rows = data.rows(split);
      const features = await net.features(data.pixels(rows), rows.length);
      return new Set(Array.from(rows, (_, i) => features.slice(i * 4, i * 4 + 4).join()));
    };
    const [test, train] = [await of('test'), await of('train')];
    net.dispose();
    const rows = Array.from({ length: 48 }, (_, i) => (parts.features as Float32Array).slice(i * 4, i * 4 + 4).join());
    for (const row of rows.slice(0, 16)) expect(test).toContain(row);
    for (const row of rows.slice(16)) expect(train).toContain(row);
    expect(new Set(rows.slice(16)).size).toBe(32);
  });

  it('are the same after a stop in between', async () => {
    const whole = await stage.run(context(), { curve: curve(1) }, { ...options, images: 24 });
    const stopped = context(2);
    await expect(stage.run(stopped, { curve: curve(1) }, { ...options, images: 24 })).rejects.toMatchObject({ name: 'AbortError' });
    const saved = await stopped.checkpoint.load();
    expect(saved?.parts.features).toHaveLength(16 * 4);
    const resumed = await stage.run(context(Infinity, saved), { curve: curve(1) }, { ...options, images: 24 });
    expect(resumed).toEqual(whole);
  });

  it('give every arm its distance, with equal numbers and a floor', async () => {
    const at = (inputs: Parameters<typeof stage.run>[1]) => stage.run(context(), inputs, options);
    const bundles = { data: await at({}), method: await at({ curve: curve(1) }), random: await at({ curve: curve(2) }), full: await at({ curve: curve(3, 10) }) };
    const figures = await featureFigures(bundles, directDistances, async () => undefined);
    expect(figures).toMatchObject({ label: 'FD(tiny)', net: card.sha256, dim: 4, inputSize: SIDE, n: 10, floorN: 10, reference: 16 });
    const test = moments(bundles.data.parts.features as Float32Array, 16, 4);
    for (const arm of ['method', 'random', 'full'] as const) {
      expect(figures.fd[arm]).toBeCloseTo(frechetDistance(moments(bundles[arm].parts.features as Float32Array, 10, 4), test), 8);
    }
    expect(figures.fd.floor).toBeLessThan(figures.fd.full);
    expect(figures.kid.method).toBeGreaterThan(0);
  });

  it('are refused without the file, and for options that fit no net', async () => {
    await expect(stage.run(context(), {}, { ...options, net: 'ab'.repeat(32) })).rejects.toMatchObject({ code: 'net-missing' });
    await expect(stage.run(context(), { curve: { head: {}, parts: {} } }, options)).rejects.toMatchObject({ code: 'artifact-incomplete' });
    expect(featuresOptions.safeParse({ net: 'not a hash' }).success).toBe(false);
    const alone = bars(SIDE, 3, 1, 6, ['train', 'train', 'train', 'train', 'train', 'test']);
    await expect(stage.run({ ...context(), dataset: alone }, {}, options)).rejects.toMatchObject({ code: 'no-reference' });
  });
});
