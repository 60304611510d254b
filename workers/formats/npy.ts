import { RetortError } from '../failure';

/** NumPy's .npy, format 1.0, little endian, C order. */

export interface NpyArrays {
  '<f4': Float32Array<ArrayBuffer>;
  '<i8': BigInt64Array<ArrayBuffer>;
  '|u1': Uint8Array<ArrayBuffer>;
  '<u4': Uint32Array<ArrayBuffer>;
}

export type NpyDtype = keyof NpyArrays;

const ITEM_BYTES: Record<NpyDtype, number> = { '<f4': 4, '<i8': 8, '|u1': 1, '<u4': 4 };
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];
const ALIGNMENT = 64;

function elements(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

function invalid(reason: string): RetortError {
  return new RetortError('npy-invalid', `This .npy file cannot be read: ${reason}. Export it again as float32, int64, uint8 or uint32.`, { reason });
}

/** Header of an array, padded so that the data begins on a multiple of 64 bytes. The data follows it as raw little-endian items. */
export function npyHeader(dtype: NpyDtype, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const head = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${sides}), }`;
  const unpadded = MAGIC.length + 2 + head.length + 1;
  const total = Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT;
  const out = new Uint8Array(total).fill(0x20);
  out.set(MAGIC);
  new DataView(out.buffer).setUint16(MAGIC.length, total - MAGIC.length - 2, true);
  out.set(new TextEncoder().encode(head), MAGIC.length + 2);
  out[total - 1] = 0x0a;
  return out;
}

/** Reads a 1.0 file of one of the four types. @throws RetortError `npy-invalid`, which says what is wrong. */
export function readNpy(bytes: Uint8Array): { dtype: NpyDtype; shape: number[]; data: NpyArrays[NpyDtype] } {
  if (bytes.length < MAGIC.length + 2 || MAGIC.some((byte, i) => bytes[i] !== byte)) throw invalid('it does not begin like one of version 1.0');
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint16(MAGIC.length, true);
  const start = MAGIC.length + 2 + size;
  if (bytes.length < start) throw invalid('it ends inside its header');
  const head = new TextDecoder('latin1').decode(bytes.subarray(MAGIC.length + 2, start));
  const dtype = /'descr':\s*'([^']+)'/.exec(head)?.[1];
  const sides = /'shape':\s*\(([^)]*)\)/.exec(head)?.[1];
  if (dtype === undefined || sides === undefined) throw invalid('its header names no type or no shape');
  if (!(dtype in ITEM_BYTES)) throw invalid(`its type is ${dtype}`);
  if (!/'fortran_order':\s*False/.test(head)) throw invalid('it is stored column by column');
  const shape = sides.split(',').map((side) => side.trim()).filter((side) => side !== '').map(Number);
  if (shape.some((side) => !Number.isSafeInteger(side) || side < 0)) throw invalid('its shape is not a list of whole numbers');
  const known = dtype as NpyDtype;
  if (bytes.length - start !== elements(shape) * ITEM_BYTES[known]) throw invalid('its length does not fit its shape');
  const buffer = bytes.slice(start).buffer;
  const data = {
    '<f4': () => new Float32Array(buffer),
    '<i8': () => new BigInt64Array(buffer),
    '|u1': () => new Uint8Array(buffer),
    '<u4': () => new Uint32Array(buffer),
  }[known]();
  return { dtype: known, shape, data };
}
