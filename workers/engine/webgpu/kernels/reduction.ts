import * as tf from '@tensorflow/tfjs-core';
import { normalizeAxes } from '../../gradients/registry';
import { sizeOf } from '../../ops/shape';
import { middle } from '../../spans';
import { declare, lineGrid, type Gpu, type Program } from './program';
import { refineKernel } from './registry';

const SIZE = 64;
/** Most numbers the second pass adds up in one thread. */
const LAST_ROWS = 128;

type Combine = 'sum' | 'max';

interface Pass {
  outer: number; rows: number; inner: number;
  /** The rows are split over this many threads, each of which leaves its own result. */
  parts: number;
  combine: Combine;
  /** Multiplies the result. */
  factor: number;
}

/** out[o, p, i] = the combination of x[o, r, i] over the rows r of part p, in the order of the rows. */
function reductionProgram({ outer, rows, inner, parts, combine, factor }: Pass): Program {
  // Rows that lie one after the other are read by fours and folded at the end.
  const folded = inner === 1 && rows % (4 * parts) === 0;
  const vector = folded || inner % 4 === 0;
  const [count, width] = folded ? [rows / 4, 1] : [rows, vector ? inner / 4 : inner];
  const share = Math.ceil(count / parts);
  const { grid, index } = lineGrid(outer * parts * width, SIZE);
  const type = vector ? 'vec4f' : 'f32';
  const results = outer * parts * width;
  const join = (x: string, y: string) => (combine === 'sum' ? `${x} + ${y}` : `max(${x}, ${y})`);
  const fold = join(join('total.x', 'total.y'), join('total.z', 'total.w'));
  const wgsl = () => `
${declare([
    { name: 'x', type, length: outer * count * width }, { name: 'out', type: folded ? 'f32' : type, length: results, written: true },
  ])}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${results}u) { return; }
  let row = i / ${width}u;
  let first = row % ${parts}u * ${share}u;
  let last = min(first + ${share}u, ${count}u);
  let start = row / ${parts}u * ${count * width}u + i % ${width}u;
  var total = x[start + first * ${width}u];
  for (var r = first + 1u; r < last; r++) {
    total = ${join('total', `x[start + r * ${width}u]`)};
  }
  out[i] = (${folded ? fold : 'total'})${factor === 1 ? '' : ` * f32(${factor})`};
}`;
  return { key: `reduction ${[outer, rows, inner, parts, combine, factor].join()}`, wgsl, grid };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The first of two passes over [outer, rows, inner], where one alone would keep too few threads busy; it leaves [outer, rest, inner]. */
function firstPass(outer: number, rows: number, inner: number, gpu: Gpu): { pass: Omit<Pass, 'combine' | 'factor'>; rest: number } | null {
  const threads = outer * inner;
  const wanted = gpu.software ? 64 : 8192;
  if (rows <= LAST_ROWS / 2 || threads >= wanted) return null;
  // A row of neighbours is read side by side by the threads of a workgroup, as if it were another axis.
  const lanes = inner === 1 ? greatestCommonDivisor(rows, SIZE) : 1;
  const count = rows / lanes;
  const most = Math.max(1, Math.min(Math.ceil(wanted / (threads * lanes)), Math.floor(LAST_ROWS / lanes), Math.ceil(count / 8)));
  const parts = Math.ceil(count / Math.ceil(count / most));
  if (parts * lanes === 1) return null;
  return { pass: { outer, rows: count, inner: inner * lanes, parts }, rest: parts * lanes };
}

/** Reduces x, seen as [outer, rows, inner], to a tensor of `shape`. Every sum has a fixed order, so the same input gives the same bits. */
function reduce(
  gpu: Gpu, x: tf.TensorInfo, { outer, rows, inner }: { outer: number; rows: number; inner: number }, shape: number[], combine: Combine, factor: number,
): tf.TensorInfo {
  const out = gpu.output(shape);
  const first = firstPass(outer, rows, inner, gpu);
  if (!first) {
    gpu.run(reductionProgram({ outer, rows, inner, parts: 1, combine, factor }), [x, out]);
    return out;
  }
  const partial = gpu.output([outer, first.rest, inner]);
  gpu.run(reductionProgram({ ...first.pass, combine, factor: 1 }), [x, partial]);
  gpu.run(reductionProgram({ outer, rows: first.rest, inner, parts: 1, combine, factor }), [partial, out]);
  gpu.free(partial);
  return out;
}

/** Adds [parts, ...shape] over its first axis. */
export function addParts(gpu: Gpu, partial: tf.TensorInfo, shape: number[]): tf.TensorInfo {
  return reduce(gpu, partial, { outer: 1, rows: partial.shape[0], inner: sizeOf(shape) }, shape, 'sum', 1);
}

/** Runs of neighbouring axes among `axes`, last first; axes of size one between them do not separate. */
function runsOf(shape: readonly number[], axes: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const axis of axes.filter((candidate) => shape[candidate] !== 1)) {
    const last = runs[runs.length - 1];
    if (last && middle(shape, [...last, axis])) last.push(axis);
    else runs.push([axis]);
  }
  return runs.reverse();
}

/** Registers sums, means and maxima over any axes, without transposing: axes that lie apart are reduced one run after the other. */
export function installReductionKernels(): void {
  const combines = { Sum: 'sum', Mean: 'sum', Max: 'max' } as const;
  for (const [name, combine] of Object.entries(combines)) {
    refineKernel(name, ({ x }, attrs, gpu) => {
      const axes = normalizeAxes(name === 'Max' ? attrs.reductionIndices : attrs.axis, x.shape.length);
      const runs = runsOf(x.shape, axes);
      if (runs.length === 0) return null;
      const kept = x.shape.slice();
      let value = x;
      for (const run of runs) {
        const view = middle(kept, run)!;
        for (const axis of run) kept[axis] = 1;
        const reduced = reduce(gpu, value, view, kept.slice(), combine, name === 'Mean' ? 1 / view.rows : 1);
        if (value !== x) gpu.free(value);
        value = reduced;
      }
      return { ...value, shape: attrs.keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis)) };
    });
  }
}
