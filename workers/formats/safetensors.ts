import { RetortError } from '../failure';

/** The safetensors container: u64 header length, JSON header, tensors one after the other, little endian, no gaps. */

interface Arrays {
  F32: Float32Array<ArrayBuffer>;
  I64: BigInt64Array<ArrayBuffer>;
  U32: Uint32Array<ArrayBuffer>;
  U8: Uint8Array<ArrayBuffer>;
}

export type SafetensorsDtype = keyof Arrays;
export type SafetensorsData = Arrays[SafetensorsDtype];

export interface Tensor {
  shape: number[];
  data: SafetensorsData;
}

export interface TensorInfo {
  name: string;
  dtype: SafetensorsDtype;
  shape: number[];
}

const ITEM_BYTES: Record<SafetensorsDtype, number> = { I64: 8, F32: 4, U32: 4, U8: 1 };
/** The reference reader refuses longer headers. */
const HEADER_LIMIT = 100_000_000;
const ALIGNMENT = 8;

function byteLength(info: TensorInfo): number {
  return info.shape.reduce((product, side) => product * side, ITEM_BYTES[info.dtype]);
}

function dtypeOf(data: SafetensorsData): SafetensorsDtype {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof BigInt64Array) return 'I64';
  return data instanceof Uint32Array ? 'U32' : 'U8';
}

/**
 * Everything before the tensor data, which must follow in the order of `tensors`. Padded with spaces to a multiple of 8 bytes
 * so that tensors can be mapped in place. For writers that stream; `encodeSafetensors` writes a whole file.
 */
export function safetensorsHeader(tensors: readonly TensorInfo[], metadata: Record<string, string>): Uint8Array<ArrayBuffer> {
  let offset = 0;
  const entries = tensors.map((info): [string, unknown] => {
    const begin = offset;
    offset += byteLength(info);
    return [info.name, { dtype: info.dtype, shape: info.shape, data_offsets: [begin, offset] }];
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries([['__metadata__', metadata], ...entries])));
  const padded = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const out = new Uint8Array(8 + padded).fill(0x20);
  new DataView(out.buffer).setBigUint64(0, BigInt(padded), true);
  out.set(json, 8);
  return out;
}

/**
 * A whole file. Tensors with wider items come first, then by name, so that each begins on a multiple of its item size.
 * @throws RangeError when a shape does not fit its data; a caller's mistake, not a person's.
 */
export function encodeSafetensors(tensors: Record<string, Tensor>, metadata: Record<string, string> = {}): Uint8Array<ArrayBuffer> {
  const infos = Object.entries(tensors).map(([name, { shape, data }]) => ({ name, shape, dtype: dtypeOf(data) }));
  infos.sort((a, b) => ITEM_BYTES[b.dtype] - ITEM_BYTES[a.dtype] || (a.name < b.name ? -1 : 1));
  const header = safetensorsHeader(infos, metadata);
  const out = new Uint8Array(infos.reduce((sum, info) => sum + byteLength(info), header.length));
  out.set(header);
  let at = header.length;
  for (const info of infos) {
    const { data } = tensors[info.name];
    if (data.byteLength !== byteLength(info)) throw new RangeError(`${info.name} has ${data.length} items, not [${info.shape.join(', ')}]`);
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return out;
}

function invalid(reason: string): RetortError {
  return new RetortError('safetensors-invalid', `This safetensors file cannot be read: ${reason}. Take it from its first source again.`, { reason });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isDtype(value: unknown): value is SafetensorsDtype {
  return typeof value === 'string' && Object.hasOwn(ITEM_BYTES, value);
}

function parseHeader(bytes: Uint8Array): { head: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw invalid('it is shorter than its own header length');
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (size > HEADER_LIMIT || 8 + size > bytes.length) throw invalid('it ends inside its header');
  let head: unknown;
  try {
    head = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + size)));
  } catch {
    throw invalid('its header is not JSON');
  }
  if (!isRecord(head)) throw invalid('its header is not an object');
  return { head, start: 8 + size };
}

function parseInfo(name: string, entry: unknown): TensorInfo & { from: number; to: number } {
  if (!isRecord(entry)) throw invalid(`${name} is not described`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype)) throw invalid(`${name} has a type that is not read here`);
  if (!Array.isArray(shape) || !shape.every(isCount)) throw invalid(`${name} has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) throw invalid(`${name} has no valid offsets`);
  const [from, to] = offsets;
  const info = { name, dtype, shape };
  if (to - from !== byteLength(info)) throw invalid(`the offsets of ${name} do not fit its shape`);
  return { ...info, from, to };
}

function parseMetadata(entry: unknown): Record<string, string> {
  if (!isRecord(entry)) throw invalid('its notes are not an object');
  const notes = Object.entries(entry);
  for (const [key, value] of notes) if (typeof value !== 'string') throw invalid(`its note ${key} is not text`);
  return Object.fromEntries(notes) as Record<string, string>;
}

/** A copy, since a view might not be aligned for its type. */
function items(dtype: SafetensorsDtype, bytes: Uint8Array): SafetensorsData {
  const { buffer } = Uint8Array.from(bytes);
  if (dtype === 'F32') return new Float32Array(buffer);
  if (dtype === 'I64') return new BigInt64Array(buffer);
  return dtype === 'U32' ? new Uint32Array(buffer) : new Uint8Array(buffer);
}

/**
 * Reads a file of the four types above. As in the reference reader the tensors must cover the data without gap or overlap.
 * @throws RetortError `safetensors-invalid`, which says what is wrong.
 */
export function decodeSafetensors(bytes: Uint8Array): { tensors: Record<string, Tensor>; metadata: Record<string, string> } {
  const { head, start } = parseHeader(bytes);
  const { __metadata__: notes = {}, ...described } = head;
  const infos = Object.entries(described).map(([name, entry]) => parseInfo(name, entry));
  let expected = 0;
  for (const info of infos.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    if (info.from !== expected) throw invalid(`${info.name} overlaps another tensor or leaves a gap`);
    expected = info.to;
  }
  if (start + expected !== bytes.length) throw invalid('its tensors do not fill it to its end');
  const tensors = Object.fromEntries(infos.map((info): [string, Tensor] => [
    info.name,
    { shape: info.shape, data: items(info.dtype, bytes.subarray(start + info.from, start + info.to)) },
  ]));
  return { tensors, metadata: parseMetadata(notes) };
}
