import { RetortError } from '../failure';
import { readPickle, truncatedPickle, type PickleFunction, type PickleHost } from './pickle';
import { decodeSafetensors, type SafetensorsData } from './safetensors';
import { viewOf } from './sniff-segments';
import { zipItems } from './zip-read';

/**
 * Weights as PyTorch writes them: `torch.save(net.state_dict())` in the zip container of 1.6 and later or in the format before it, and safetensors.
 * Nothing in a file is ever executed.
 */

/** A named array of weights, row-major. */
export interface WeightTensor {
  shape: number[];
  values: Float32Array<ArrayBuffer>;
}

interface StorageType {
  name: string;
  bytes: number;
  read(view: DataView, at: number): number;
}

/** A run of numbers in the file that tensors are views of. */
interface Storage {
  type: StorageType;
  key: string;
  length: number;
}

/** A view of a storage, whose numbers come once the file's data has been found. */
class TensorView {
  constructor(readonly storage: Storage, readonly offset: number, readonly shape: number[], readonly strides: number[]) {}
}

const little = true;
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const STORAGES: readonly StorageType[] = [
  { name: 'FloatStorage', bytes: 4, read: (view, at) => view.getFloat32(at, little) },
  { name: 'DoubleStorage', bytes: 8, read: (view, at) => view.getFloat64(at, little) },
  { name: 'HalfStorage', bytes: 2, read: (view, at) => half(view.getUint16(at, little)) },
  { name: 'LongStorage', bytes: 8, read: (view, at) => Number(view.getBigInt64(at, little)) },
  { name: 'IntStorage', bytes: 4, read: (view, at) => view.getInt32(at, little) },
];

function unsafe(found: string): RetortError {
  return new RetortError(
    'weights-unsafe', `The weights file asks for "${found}", which is not weights. It may run code elsewhere; here nothing of it was run. Take the weights from their first source.`, { found },
  );
}

function invalid(reason: string): RetortError {
  return new RetortError('weights-invalid', `The weights file cannot be read: ${reason}. Take it from its first source again.`, { reason });
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount);

/** `torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks, ...)`. */
const rebuildTensor: PickleFunction = ([storage, offset, shape, strides]) => {
  if (!isStorage(storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides) || shape.length !== strides.length) {
    throw invalid('a tensor is not described as PyTorch does');
  }
  const count = shape.reduce((product, side) => product * side, 1);
  const last = shape.reduce((sum, side, axis) => sum + (side - 1) * strides[axis], offset);
  // A view may not be larger than what it looks at: strides of zero would make gigabytes of a few bytes.
  if (count > storage.length || (count > 0 && last >= storage.length)) throw invalid('a tensor reaches beyond its data');
  return new TensorView(storage, offset, shape, strides);
};

/** `torch._utils._rebuild_parameter(tensor, requires_grad, hooks)`. */
const rebuildParameter: PickleFunction = ([tensor]) => tensor;

const orderedDictionary: PickleFunction = (args) => {
  const [pairs] = args;
  if (args.length === 0) return new Map<unknown, unknown>();
  if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) throw invalid('a dictionary is not made of pairs');
  return new Map(pairs as [unknown, unknown][]);
};

const ALLOWED = new Map<string, unknown>([
  ['collections.OrderedDict', orderedDictionary],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', rebuildParameter],
  ...STORAGES.map((type): [string, unknown] => [`torch.${type.name}`, type]),
]);

function isStorage(value: unknown): value is Storage {
  return typeof value === 'object' && value !== null && 'key' in value && 'type' in value;
}

/** Resolves the names a state_dict is made of, and remembers the storages that its tensors look at. */
class StateHost implements PickleHost {
  readonly storages = new Map<string, Storage>();

  global(module: string, name: string): unknown {
    const found = ALLOWED.get(`${module}.${name}`);
    if (found === undefined) throw unsafe(`${module}.${name}`);
    return found;
  }

  /** ('storage', type, key, device, length), followed by a view in the older format. */
  persistent(id: unknown): unknown {
    const [tag, type, key, , length, view] = Array.isArray(id) ? (id as unknown[]) : [];
    const known = STORAGES.find((each) => each === type);
    if (tag !== 'storage' || known === undefined || typeof key !== 'string' || !isCount(length)) throw invalid('its data is not described as PyTorch does');
    if (view !== undefined && view !== null) throw invalid('it holds views between storages, which PyTorch has not written since 2017');
    const storage = this.storages.get(key) ?? { type: known, key, length };
    if (storage.length !== length || storage.type !== known) throw invalid('one part of its data is described in two ways');
    this.storages.set(key, storage);
    return storage;
  }
}

function tensorsOf(value: unknown): [string, TensorView][] {
  if (!(value instanceof Map)) throw new RetortError('weights-foreign', 'The weights file does not hold a state_dict. Save the net\'s state_dict alone, or take a safetensors file.', { found: 'another object' });
  return Array.from(value as Map<unknown, unknown>, ([name, tensor]): [string, TensorView] => {
    if (typeof name === 'string' && tensor instanceof TensorView) return [name, tensor];
    throw new RetortError(
      'weights-foreign', `The weights file holds "${String(name)}", which is not a tensor. Save the net's state_dict alone, or take a safetensors file.`, { found: String(name) },
    );
  });
}

/** The numbers of a view, in row-major order whatever the strides. */
function gather({ storage: { type }, offset, shape, strides }: TensorView, data: Uint8Array): WeightTensor {
  const count = shape.reduce((product, side) => product * side, 1);
  const rowMajor = shape.every((side, axis) => side === 1 || strides[axis] === shape.slice(axis + 1).reduce((product, inner) => product * inner, 1));
  // Nearly every tensor lies as it is wanted; number by number a hundred megabytes take seconds.
  if (type.name === 'FloatStorage' && rowMajor) return { shape, values: new Float32Array(data.slice(4 * offset, 4 * (offset + count)).buffer as ArrayBuffer) };
  const view = viewOf(data);
  const values = new Float32Array(count);
  const index = shape.map(() => 0);
  let from = offset;
  for (let i = 0; i < values.length; i++) {
    values[i] = type.read(view, from * type.bytes);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= index[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return { shape, values };
}

function assemble(state: unknown, data: Map<string, Uint8Array>): Record<string, WeightTensor> {
  return Object.fromEntries(tensorsOf(state).map(([name, view]): [string, WeightTensor] => {
    const bytes = data.get(view.storage.key);
    if (!bytes || bytes.length !== view.storage.length * view.storage.type.bytes) throw truncatedPickle();
    return [name, gather(view, bytes)];
  }));
}

async function readZip(bytes: Uint8Array<ArrayBuffer>): Promise<Record<string, WeightTensor>> {
  const entries = new Map<string, () => Promise<Uint8Array<ArrayBuffer>>>();
  try {
    for await (const item of zipItems(new Blob([bytes]), 'The weights file')) {
      if (item.refusal === null) entries.set(item.name.slice(item.name.indexOf('/') + 1), () => item.read());
    }
  } catch (error) {
    // A zip keeps its directory at the end, so a file that was cut short has none.
    if (error instanceof RetortError && error.code === 'zip-broken') throw truncatedPickle();
    throw error;
  }
  const pickle = entries.get('data.pkl');
  if (!pickle) throw invalid('there is no data.pkl in it');
  const order = await entries.get('byteorder')?.();
  if (order && new TextDecoder().decode(order).trim() !== 'little') throw invalid('its numbers are big endian');
  const host = new StateHost();
  const { value } = readPickle(await pickle(), 0, host);
  const data = new Map<string, Uint8Array>();
  for (const key of host.storages.keys()) {
    const part = entries.get(`data/${key}`);
    if (part) data.set(key, await part());
  }
  return assemble(value, data);
}

/** 0x1950a86a20f9469cfc6c, as the first pickle of the older format holds it. */
const LEGACY_MAGIC = '119547037146038801333356';
const LEGACY_PROTOCOL = 1001;

/** Pickles of a magic number, a protocol, facts about the system, the object and the keys of its storages; then each storage with its length. */
function readLegacy(bytes: Uint8Array): Record<string, WeightTensor> {
  const host = new StateHost();
  let at = 0;
  const next = (): unknown => {
    const { value, end } = readPickle(bytes, at, host);
    at = end;
    return value;
  };
  if (next() !== LEGACY_MAGIC || next() !== LEGACY_PROTOCOL) throw invalid('it does not begin as a PyTorch file does');
  const system = next();
  if (!(system instanceof Map) || system.get('little_endian') !== true) throw invalid('its numbers are big endian');
  const state = next();
  const keys = next();
  if (!Array.isArray(keys)) throw invalid('its data is not listed');
  const data = new Map<string, Uint8Array>();
  const view = viewOf(bytes);
  for (const key of keys as unknown[]) {
    const storage = host.storages.get(String(key));
    if (!storage) throw invalid('it lists data that nothing looks at');
    if (at + 8 > bytes.length) throw truncatedPickle();
    if (Number(view.getBigInt64(at, little)) !== storage.length) throw invalid('a part of its data has another length than described');
    const end = at + 8 + storage.length * storage.type.bytes;
    if (end > bytes.length) throw truncatedPickle();
    data.set(storage.key, bytes.subarray(at + 8, end));
    at = end;
  }
  return assemble(state, data);
}

function readSafetensors(bytes: Uint8Array): Record<string, WeightTensor> {
  const asFloats = (data: SafetensorsData): Float32Array<ArrayBuffer> => (data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number | bigint>, Number));
  return Object.fromEntries(Object.entries(decodeSafetensors(bytes).tensors).map(([name, { shape, data }]) => [name, { shape, values: asFloats(data) }]));
}

/**
 * The tensors of a weights file by name, as float32: a PyTorch state_dict of either format, or safetensors, told apart by their first bytes.
 * @throws RetortError `weights-unsafe` when a pickle names anything but what tensors are made of, `weights-foreign` when it is no plain
 * state_dict, `weights-truncated`, `weights-invalid`, `safetensors-invalid`.
 */
export async function readWeights(bytes: Uint8Array<ArrayBuffer>): Promise<Record<string, WeightTensor>> {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return readZip(bytes);
  if (bytes[0] === 0x80) return readLegacy(bytes);
  // A safetensors header is an object of JSON behind its length.
  if (bytes[8] === 0x7b) return readSafetensors(bytes);
  throw invalid('it is neither a PyTorch file nor safetensors');
}
