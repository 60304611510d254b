import { describe, expect, it } from 'vitest';
import fixtures from './fixtures/onnx.json';
import { onnxNormalisation } from './features.options';
import { examineOnnx, isOnnx, openOnnx } from './onnx';
import { createSession } from './onnx-session';

/** Nets that torch 1.13 exported, and the features it gave two 12 px images under mean 0.5, 0.25, 0.75 and deviation 0.5, 1, 0.25. */
const file = (name: 'open' | 'fixed' | 'two' | 'grey'): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(fixtures[name], 'base64'));
const refusal = (code: string, found: string) => expect.objectContaining({ code, sentence: expect.stringContaining(found) as string });
const normalisation = onnxNormalisation({ mean: '0.5,0.25,0.75', std: '0.5, 1, 0.25' });
const open = async (name: 'open' | 'fixed', size: number, inputSize: number) => openOnnx(
  await createSession(file(name)), { size, channels: 3 }, { inputSize, preprocessing: 'pytorch', normalisation }, { name, label: `FD(${name})` },
);

describe('a feature net in ONNX', () => {
  it.each(['open', 'fixed'] as const)('gives the features torch gives, with %s sizes', async (name) => {
    const net = await open(name, 12, name === 'open' ? 12 : 0);
    expect(net).toMatchObject({ dim: 4, inputSize: 12, label: `FD(${name})`, batch: name === 'open' ? 16 : 1 });
    const features = await net.features(Uint8Array.from(fixtures.pixels), 2);
    net.dispose();
    expect(features).toHaveLength(8);
    features.forEach((value, i) => expect(value).toBeCloseTo(fixtures.features[i], 4));
  });

  it('is examined by running it once', async () => {
    expect(await examineOnnx(file('fixed'), createSession)).toEqual({ dim: 4, inputSize: 12 });
    expect(await examineOnnx(file('open'), createSession)).toEqual({ dim: 4, inputSize: 224 });
    expect([isOnnx(file('open')), isOnnx(new Uint8Array([0x50, 0x4b])), isOnnx(new Uint8Array([8, 0, 0, 0, 0, 0, 0, 0, 0x7b]))]).toEqual([true, false, false]);
  });

  it('is refused with what is wrong with it', async () => {
    await expect(examineOnnx(file('two'), createSession)).rejects.toThrow(refusal('onnx-shape', '2 inputs'));
    await expect(examineOnnx(file('grey'), createSession)).rejects.toThrow(refusal('onnx-shape', '[1, 1, 12, 12]'));
    await expect(examineOnnx(file('open').slice(0, 200), createSession)).rejects.toThrow(refusal('onnx-invalid', 'damaged'));
    await expect(open('fixed', 12, 24)).rejects.toThrow(refusal('onnx-shape', '12 px and not of 24'));
  });

  it('wants three numbers for its normalisation', () => {
    for (const wrong of [{ mean: '0.5', std: '1,1,1' }, { mean: '0,0,x', std: '1,1,1' }, { mean: '0,0,0', std: '1,0,1' }]) {
      expect(() => onnxNormalisation(wrong)).toThrow(refusal('bad-normalisation', 'three numbers'));
    }
  });
});
