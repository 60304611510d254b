import * as tf from '@tensorflow/tfjs-core';
import { EXPAND, GELU, GELU_GRADIENT, RELU_GRADIENT, SCALE, SILU, SILU_GRADIENT } from '../../gradients/names';
import { sizeOf } from '../../ops/shape';
import { spans } from '../../spans';
import { declare, lineGrid, type Gpu, type Program } from './program';
import { refineKernel } from './registry';

const SIZE = 64;

const BINARY: Record<string, (a: string, b: string) => string> = {
  Add: (a, b) => `${a} + ${b}`,
  Sub: (a, b) => `${a} - ${b}`,
  Multiply: (a, b) => `${a} * ${b}`,
  RealDiv: (a, b) => `${a} / ${b}`,
};

/** Functions of tensors of one shape, by the names of their inputs; `s` are two numbers that are not baked in. */
const POINTWISE: Record<string, { inputs: string[]; wgsl: string; numbers?: (attrs: Record<string, unknown>) => [number, number] }> = {
  [SCALE]: { inputs: ['x'], wgsl: 'x * s.x + s.y', numbers: ({ factor, offset }) => [factor as number, offset as number] },
  [SILU]: { inputs: ['x'], wgsl: 'x / (1.0 + exp(-x))' },
  [SILU_GRADIENT]: { inputs: ['x', 'dy'], wgsl: 'dy * siluSlope(x)' },
  // As x sigmoid(2 t), since tanh overflows for large arguments in some drivers.
  [GELU]: { inputs: ['x'], wgsl: 'x * geluGate(x)' },
  [GELU_GRADIENT]: { inputs: ['x', 'dy'], wgsl: 'dy * geluSlope(x)' },
  [RELU_GRADIENT]: { inputs: ['x', 'dy'], wgsl: 'select(dy - dy, dy, x > x - x)' },
  Relu: { inputs: ['x'], wgsl: 'max(x, x - x)' },
  Square: { inputs: ['x'], wgsl: 'x * x' },
  Neg: { inputs: ['x'], wgsl: '-x' },
  Sigmoid: { inputs: ['x'], wgsl: '1.0 / (1.0 + exp(-x))' },
};

/** out = a op b with broadcasting. Runs of dimensions with the same broadcasting are one; a thread finds its operands by their strides. */
function binaryProgram(key: string, a: readonly number[], b: readonly number[], out: readonly number[], join: (a: string, b: string) => string, copy: boolean): Program {
  const merged = spans(a, b, out);
  const inner = merged[merged.length - 1] ?? { size: 1, a: true, b: true };
  const width = inner.size % 4 === 0 ? 4 : 1;
  const count = sizeOf(out) / width;
  const { grid, index } = lineGrid(count, SIZE);
  const lines: string[] = [];
  const terms: Record<'a' | 'b', string[]> = { a: [], b: [] };
  const strides = { a: 1, b: 1 };
  // From the innermost run outwards; an operand that ends in a vec4 is indexed in units of four.
  for (let level = merged.length - 1, left = 'i'; level >= 0; level--) {
    const span = merged[level];
    const size = level === merged.length - 1 ? span.size / width : span.size;
    lines.push(`let at${level} = ${level === 0 ? left : `${left} % ${size}u`};`);
    if (level > 0) lines.push(`let left${level} = ${left} / ${size}u;`);
    left = `left${level}`;
    for (const side of ['a', 'b'] as const) {
      if (!span[side]) continue;
      terms[side].push(`at${level} * ${strides[side]}u`);
      strides[side] *= size;
    }
  }
  const vectors = { a: width === 4 && inner.a, b: width === 4 && inner.b };
  const read = (side: 'a' | 'b') => {
    const value = `${side}Buffer[${terms[side].join(' + ') || '0u'}]`;
    return width === 4 && !vectors[side] ? `vec4f(${value})` : value;
  };
  const storage = (side: 'a' | 'b', shape: readonly number[]) => ({
    name: `${side}Buffer`, type: vectors[side] ? 'vec4f' : 'f32', length: sizeOf(shape) / (vectors[side] ? 4 : 1),
  } as const);
  const wgsl = () => `
${declare([
    storage('a', a), ...(copy ? [] : [storage('b', b)]), { name: 'out', type: width === 4 ? 'vec4f' : 'f32', length: count, written: true },
  ])}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${count}u) { return; }
  ${lines.join('\n  ')}
  out[i] = ${copy ? read('a') : join(read('a'), read('b'))};
}`;
  return { key: `${key} ${a.join('x')} ${b.join('x')} ${out.join('x')}`, wgsl, grid };
}

function pointwiseProgram(name: string, size: number): Program {
  const { inputs, wgsl: body, numbers } = POINTWISE[name];
  const vector = size % 4 === 0;
  const type = vector ? 'vec4f' : 'f32';
  const count = vector ? size / 4 : size;
  const { grid, index } = lineGrid(count, SIZE);
  const wgsl = () => `
${declare([
    ...inputs.map((input) => ({ name: `${input}Buffer`, type, length: count } as const)), { name: 'out', type, length: count, written: true },
  ])}
${numbers ? `@group(0) @binding(${inputs.length + 1}) var<uniform> s: vec2f;` : ''}
fn siluSlope(x: ${type}) -> ${type} {
  let sigmoid = 1.0 / (1.0 + exp(-x));
  return sigmoid * (1.0 + x * (1.0 - sigmoid));
}
const geluRate = f32(${2 * Math.sqrt(2 / Math.PI)});
fn geluGate(x: ${type}) -> ${type} {
  return 1.0 / (1.0 + exp(-geluRate * x * (1.0 + 0.044715 * x * x)));
}
fn geluSlope(x: ${type}) -> ${type} {
  let gate = geluGate(x);
  return gate * (1.0 + x * (1.0 - gate) * geluRate * (1.0 + 0.134145 * x * x));
}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${count}u) { return; }
  ${inputs.map((input) => `let ${input} = ${input}Buffer[i];`).join(' ')}
  out[i] = ${body};
}`;
  return { key: `${name} ${size}`, wgsl, grid };
}

/** Registers arithmetic with broadcasting, `Expand`, and functions of one shape. None of them uploads anything. */
export function installElementwiseKernels(): void {
  for (const [name, join] of Object.entries(BINARY)) {
    refineKernel(name, ({ a, b }, _attrs, gpu) => {
      const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
      const out = gpu.output(shape);
      gpu.run(binaryProgram(name, a.shape, b.shape, shape, join, false), [a, b, out]);
      return out;
    });
  }
  refineKernel(EXPAND, ({ x }, attrs, gpu) => {
    const shape = attrs.shape as number[];
    const out = gpu.output(shape);
    gpu.run(binaryProgram(EXPAND, x.shape, [], shape, (a) => a, true), [x, out]);
    return out;
  });
  for (const [name, { inputs, numbers }] of Object.entries(POINTWISE)) {
    refineKernel(name, (given, attrs, gpu: Gpu) => {
      const out = gpu.output(given.x.shape);
      gpu.run(pointwiseProgram(name, sizeOf(given.x.shape)), [...inputs.map((input) => given[input]), out], numbers?.(attrs));
      return out;
    });
  }
}
