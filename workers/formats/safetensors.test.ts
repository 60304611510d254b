import { describe, expect, it } from 'vitest';
import { RetortError } from '../failure';
import { decodeSafetensors, encodeSafetensors, safetensorsHeader } from './safetensors';

function file(head: unknown, data: number[]): Uint8Array {
  const json = new TextEncoder().encode(typeof head === 'string' ? head : JSON.stringify(head));
  const out = new Uint8Array(8 + json.length + data.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true);
  out.set(json, 8);
  out.set(data, 8 + json.length);
  return out;
}

const one = (offsets: number[], shape = [2], dtype = 'U8') => ({ a: { dtype, shape, data_offsets: offsets } });

describe('safetensors', () => {
  it('reads back every type with shapes and notes', () => {
    const tensors = {
      weights: { shape: [2, 2], data: Float32Array.of(1, -0.5, 3e-8, 7) },
      labels: { shape: [3], data: BigInt64Array.of(1n, -2n, 9007199254740993n) },
      bytes: { shape: [3], data: Uint8Array.of(1, 2, 255) },
      words: { shape: [1], data: Uint32Array.of(4294967295) },
      nothing: { shape: [0, 4], data: new Float32Array(0) },
    };
    const back = decodeSafetensors(encodeSafetensors(tensors, { mean: '0.5' }));
    expect(back.tensors).toEqual(tensors);
    expect(back.metadata).toEqual({ mean: '0.5' });
  });

  it('writes the same bytes whatever the order, and aligns every tensor', () => {
    const a = { shape: [3], data: Uint8Array.of(1, 2, 3) };
    const b = { shape: [1], data: Float32Array.of(2) };
    expect(encodeSafetensors({ a, b })).toEqual(encodeSafetensors({ b, a }));
    expect(safetensorsHeader([{ name: 'x', dtype: 'F32', shape: [1] }], {}).length % 8).toBe(0);
  });

  it('reads a file that lies at an odd place in a larger buffer', () => {
    const whole = encodeSafetensors({ a: { shape: [2], data: Float32Array.of(1, 2) } });
    const shifted = new Uint8Array(whole.length + 1);
    shifted.set(whole, 1);
    expect(decodeSafetensors(shifted.subarray(1)).tensors.a.data).toEqual(Float32Array.of(1, 2));
  });

  it.each([
    ['cut off before its header', new Uint8Array(4)],
    ['header beyond the end', file(one([0, 2]), []).subarray(0, 12)],
    ['not JSON', file('{', [])],
    ['an array for a header', file([], [])],
    ['unknown type', file(one([0, 2], [2], 'F8'), [1, 2])],
    ['type from the prototype', file(one([0, 2], [2], 'toString'), [1, 2])],
    ['negative shape', file(one([0, 2], [-2]), [1, 2])],
    ['offsets that do not fit', file(one([0, 1]), [1, 2])],
    ['data cut off', file(one([0, 2]), [1])],
    ['bytes behind the data', file(one([0, 2]), [1, 2, 3])],
    ['a gap', file(one([1, 3]), [1, 2, 3])],
    ['an overlap', file({ ...one([0, 2]), b: { dtype: 'U8', shape: [2], data_offsets: [1, 3] } }, [1, 2, 3])],
    ['notes that are not text', file({ __metadata__: { n: 1 } }, [])],
  ])('refuses a file with %s', (_, bytes) => {
    expect(() => decodeSafetensors(bytes)).toThrow(RetortError);
  });
});
