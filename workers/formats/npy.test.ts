import { describe, expect, it } from 'vitest';
import { npyHeader, readNpy, type NpyDtype } from './npy';

function file(dtype: NpyDtype, shape: number[], data: ArrayBufferView): Uint8Array {
  const header = npyHeader(dtype, shape);
  const out = new Uint8Array(header.length + data.byteLength);
  out.set(header);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return out;
}

describe('npy', () => {
  it.each([
    ['<f4' as const, [2, 2], Float32Array.of(1, 2, 3, 4)],
    ['<i8' as const, [3], BigInt64Array.of(0n, -1n, 5n)],
    ['|u1' as const, [1, 1, 4], Uint8Array.of(1, 2, 3, 255)],
    ['<u4' as const, [1], Uint32Array.of(4294967295)],
  ])('reads back %s', (dtype, shape, data) => {
    const bytes = file(dtype, shape, data);
    expect(readNpy(bytes)).toEqual({ dtype, shape, data });
  });

  it('begins as NumPy writes it, with the data on a multiple of 64', () => {
    const header = npyHeader('<f4', [5]);
    expect(header.length % 64).toBe(0);
    expect(Array.from(header.subarray(0, 8))).toEqual([0x93, 78, 85, 77, 80, 89, 1, 0]);
    expect(new TextDecoder('latin1').decode(header.subarray(10))).toMatch(/^\{'descr': '<f4', 'fortran_order': False, 'shape': \(5,\), \} *\n$/);
  });

  const good = file('|u1', [2], Uint8Array.of(1, 2));
  const patched = (from: string, to: string) => {
    const text = new TextDecoder('latin1').decode(good).replace(from, to);
    return Uint8Array.from(text, (char) => char.charCodeAt(0));
  };
  it.each([
    ['no magic', new Uint8Array(20)],
    ['a cut header', good.subarray(0, 30)],
    ['cut data', good.subarray(0, good.length - 1)],
    ['an unknown type', patched('|u1', '|S1')],
    ['column order', patched('False', 'True ')],
    ['no shape', patched('shape', 'shabe')],
    ['a shape in letters', patched('(2,)', '(x,)')],
  ])('refuses a file with %s', (_, bytes) => {
    expect(() => readNpy(bytes)).toThrow(expect.objectContaining({ code: 'npy-invalid' }));
  });
});
