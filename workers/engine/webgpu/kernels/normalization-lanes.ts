import type { Activation } from '../../ops/standardize';
import { lineGrid } from './program';

/** Threads of a workgroup where each has an item of its own. */
export const SIZE = 64;

/**
 * `total` and `greatest` of one number a thread over the threads of a workgroup, in a fixed order; with one thread an item there is nothing
 * to combine.
 */
export function tree(lanes: number, greatest = false): string {
  const names = greatest ? ['total', 'greatest'] : ['total'];
  if (lanes === 1) return names.map((name) => `fn ${name}(own: f32, lane: u32) -> f32 { return own; }`).join('\n');
  const combine = (name: string) => (name === 'total' ? 'shares[lane] += shares[lane + half];' : 'shares[lane] = max(shares[lane], shares[lane + half]);');
  return `
var<workgroup> shares: array<f32, ${lanes}>;
${names.map((name) => `
fn ${name}(own: f32, lane: u32) -> f32 {
  shares[lane] = own;
  workgroupBarrier();
  for (var half = ${lanes / 2}u; half > 0u; half = half / 2u) {
    if (lane < half) { ${combine(name)} }
    workgroupBarrier();
  }
  let result = shares[0];
  workgroupBarrier();
  return result;
}`).join('\n')}`;
}

/** Head of a shader with `items` items, each of which is a thread's, or a workgroup's of `lanes` threads: `item` and `lane`. */
export function itemHead(items: number, lanes: number): { grid: [number, number, number]; head: string } {
  const { grid, index } = lineGrid(items * lanes, lanes === 1 ? SIZE : lanes);
  return {
    grid,
    head: `
@compute @workgroup_size(${lanes === 1 ? SIZE : lanes})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let item = ${lanes === 1 ? index : `group.x + group.y * ${grid[0]}u`};
  let lane = ${lanes === 1 ? '0u' : 'local'};
  if (item >= ${items}u) { return; }`,
  };
}

/** The activation of the expression `z`. */
export function activate(z: string, activation: Activation): string {
  if (activation === 'silu') return `${z} / (1.0 + exp(-${z}))`;
  // Not max(z, 0), which would turn a NaN into zero.
  return activation === 'relu' ? `max(${z}, ${z} - ${z})` : z;
}

/** `slope(z)`: derivative of the activation, which at the kink of ReLU is zero. */
export function slope(type: 'f32' | 'vec4f', activation: Activation): string {
  const bodies: Record<Activation, string> = {
    none: `return ${type}(1.0);`,
    relu: `return select(${type}(0.0), ${type}(1.0), z > ${type}(0.0));`,
    silu: 'let sigmoid = 1.0 / (1.0 + exp(-z)); return sigmoid * (1.0 + z * (1.0 - sigmoid));',
  };
  return `fn slope(z: ${type}) -> ${type} { ${bodies[activation]} }`;
}

/** `curve(z)`: second derivative of SiLU, the only activation that has one. */
export function curve(type: 'f32' | 'vec4f'): string {
  return `fn curve(z: ${type}) -> ${type} { let sigmoid = 1.0 / (1.0 + exp(-z)); return sigmoid * (1.0 - sigmoid) * (2.0 + z * (1.0 - 2.0 * sigmoid)); }`;
}
