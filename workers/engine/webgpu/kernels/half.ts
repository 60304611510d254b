import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../../ops/shape';
import { declare, lineGrid, type Program, type Storage } from './text';

/** How an operand of a product lies in memory. A scaled half is 2^12 times its value. */
export type Encoding = 'f32' | 'half' | 'scaled half';

/** Encodings of both operands of a product, and whether the device reads halves itself. */
export interface Format {
  a: Encoding;
  b: Encoding;
  native: boolean;
}

export const SINGLE: Format = { a: 'f32', b: 'f32', native: false };

/** Largest half. What is larger is stored as it: `pack2x16float` leaves the result open otherwise. */
const LARGEST = 65504;
/**
 * Gradients of a mean over a batch of images are 1e-8 to 1e-3, where halves have few digits or none (normal ones end at 6e-5). Times 2^12 they have all
 * eleven bits from 1.5e-8 to 16, and since it is a power of two, taking it off again costs no bit.
 */
const SCALE = 4096;
/** Products of fewer floating-point operations are not worth packing for. */
const LEAST_FLOPS = 4e6;
const SIZE = 64;

/** The factor that takes the scales of both operands off a sum of their products; 1 where there is none. */
export function factorOf({ a, b }: Format): number {
  return [a, b].reduce((factor, encoding) => (encoding === 'scaled half' ? factor / SCALE : factor), 1);
}

/** Part of a pipeline's key. */
export function formatKey({ a, b, native }: Format): string {
  return a === 'f32' && b === 'f32' ? '' : ` ${a}, ${b}${native ? ' native' : ''}`;
}

/** Numbers of four bytes that `count` values take. */
export function wordsOf(encoding: Encoding, count: number): number {
  return encoding === 'f32' ? count : count / 2;
}

/** How `count` numbers are declared, four at a time where `vector`. */
export function elements(count: number, vector: boolean, encoding: Encoding = 'f32', native = false): Pick<Storage, 'type' | 'length'> {
  if (!vector) return { type: 'f32', length: count };
  if (encoding === 'f32') return { type: 'vec4f', length: count / 4 };
  return { type: native ? 'vec4h' : 'vec2u', length: count / 4 };
}

/** WGSL of the functions `aRead` and `bRead` by which operands in halves are read. */
export function readers(format: Format): string {
  const body = (name: 'a' | 'b') => (format.native
    ? `return vec4f(${name}Buffer[i]);`
    : `let pair = ${name}Buffer[i]; return vec4f(unpack2x16float(pair.x), unpack2x16float(pair.y));`);
  const packed = (['a', 'b'] as const).filter((name) => format[name] !== 'f32');
  return packed.map((name) => `fn ${name}Read(i: u32) -> vec4f { ${body(name)} }`).join('\n');
}

/** What a shader with this format starts with: directives come before everything else. */
export function directives({ a, b, native }: Format): string {
  return native && (a !== 'f32' || b !== 'f32') ? 'enable f16;\n' : '';
}

/** Rounds `size` numbers, a multiple of four, to halves: to the nearest, ties as the device does, halves too small for a normal one as it does. */
function packProgram(size: number, scaled: boolean): Program {
  const { grid, index } = lineGrid(size / 4, SIZE);
  return {
    key: `pack ${size}${scaled ? ' scaled' : ''}`,
    grid,
    wgsl: () => `
${declare([{ name: 'values', type: 'vec4f', length: size / 4 }, { name: 'out', type: 'vec2u', length: size / 4, written: true }])}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${size / 4}u) { return; }
  let value = clamp(values[i]${scaled ? ` * ${SCALE}.0` : ''}, vec4f(-${LARGEST}.0), vec4f(${LARGEST}.0));
  out[i] = vec2u(pack2x16float(value.xy), pack2x16float(value.zw));
}`,
  };
}

/** The device as packing needs it. */
export interface Packer {
  readonly nativeHalves: boolean;
  output(shape: readonly number[]): tf.TensorInfo;
  run(program: Program, tensors: readonly tf.TensorInfo[]): void;
  free(tensor: tf.TensorInfo): void;
}

/**
 * Operands of one training step in halves. Each tensor is packed once, by whichever product reads it first, and the copy serves all others until the
 * step is over. Tensors first seen on the way back are taken for gradients and scaled. When a gradient is taken inside another, whatever
 * follows stays in single precision: second derivatives have no digits to spare.
 */
export class Halves {
  private readonly packed = new Map<object, { tensor: tf.TensorInfo; encoding: Encoding }>();
  private nested = false;

  constructor(private readonly gpu: Packer) {}

  /** Both operands of a product of `flops` operations as it should read them. Only where it reads four values at a time. */
  operands(a: tf.TensorInfo, b: tf.TensorInfo, vectors: boolean, flops: number): { tensors: [tf.TensorInfo, tf.TensorInfo]; format: Format } {
    const depth = tf.engine().state.gradientDepth;
    this.nested ||= depth > 1;
    if (this.nested || !vectors || flops < LEAST_FLOPS) return { tensors: [a, b], format: SINGLE };
    const [left, right] = [a, b].map((tensor) => this.pack(tensor, depth === 0));
    return { tensors: [left.tensor, right.tensor], format: { a: left.encoding, b: right.encoding, native: this.gpu.nativeHalves } };
  }

  private pack(tensor: tf.TensorInfo, scaled: boolean): { tensor: tf.TensorInfo; encoding: Encoding } {
    const known = this.packed.get(tensor.dataId);
    if (known) return known;
    const size = sizeOf(tensor.shape);
    const entry = { tensor: this.gpu.output([size / 2]), encoding: scaled ? 'scaled half' : 'half' } as const;
    this.gpu.run(packProgram(size, scaled), [tensor, entry.tensor]);
    this.packed.set(tensor.dataId, entry);
    return entry;
  }

  dispose(): void {
    for (const { tensor } of this.packed.values()) this.gpu.free(tensor);
    this.packed.clear();
  }
}
