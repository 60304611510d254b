import { declare, lineGrid, range, type Program } from './program';

const SIZE = 64;
/** Longest run of single numbers that one thread copies. */
const LONGEST_RUN = 8;

/** A dimension of an output and the step its index takes in the input. */
export interface Dimension { size: number; stride: number }

/** Drops dimensions of size one and joins neighbours that are one walk through the input. */
export function simplify(dimensions: readonly Dimension[]): Dimension[] {
  const merged: Dimension[] = [];
  for (const { size, stride } of dimensions) {
    if (size === 1) continue;
    const last = merged[merged.length - 1];
    if (last && last.stride === size * stride) merged[merged.length - 1] = { size: last.size * size, stride };
    else merged.push({ size, stride });
  }
  return merged.length > 0 ? merged : [{ size: 1, stride: 1 }];
}

/** Declares `at0`, `at1`, ...: the place of `index` along each of `sizes`, the last of which runs fastest. */
function places(index: string, sizes: readonly number[]): string {
  let left = index;
  return sizes.map((_, back) => {
    const level = sizes.length - 1 - back;
    if (level === 0) return `let at0 = ${left};`;
    const line = `let at${level} = ${left} % ${sizes[level]}u; let left${level} = ${left} / ${sizes[level]}u;`;
    left = `left${level}`;
    return line;
  }).join('\n  ');
}

const whole = (value: number) => value % 4 === 0;
const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);
/** Sum of place times stride. */
const address = (strides: readonly number[]) => strides.map((stride, level) => `at${level} * ${stride}u`).join(' + ');

/** How the numbers of a view are moved: four that lie together, squares of four by four, or one by one in runs. */
type Way = { kind: 'vector' } | { kind: 'square'; row: number } | { kind: 'single'; run: number };

function wayOf(dimensions: readonly Dimension[], offset: number): Way {
  const last = dimensions[dimensions.length - 1];
  const aligned = (skip: Dimension) => whole(offset) && dimensions.every((d) => d === skip || whole(d.stride));
  if (last.stride === 1) {
    if (whole(last.size) && aligned(last)) return { kind: 'vector' };
    return { kind: 'single', run: last.size <= LONGEST_RUN ? last.size : 1 };
  }
  const row = dimensions.findIndex(({ size, stride }) => stride === 1 && whole(size));
  if (row >= 0 && whole(last.size) && aligned(dimensions[row])) return { kind: 'square', row };
  return { kind: 'single', run: 1 };
}

/**
 * out[i, j, ...] = x[offset + i * stride_i + j * stride_j + ...], for slices and transpositions. The offset comes as a uniform of two numbers, high and low
 * sixteen bits, so that slices of one shape share a pipeline wherever they begin.
 */
export function viewProgram(dimensions: readonly Dimension[], offset: number, inputSize: number): Program {
  const way = wayOf(dimensions, offset);
  const sizes = dimensions.map(({ size }) => size);
  const strides = dimensions.map(({ stride }) => stride);
  const last = sizes.length - 1;
  const size = product(sizes);
  const vector = way.kind !== 'single';
  const unit = vector ? 4 : 1;
  let threadSizes = sizes.slice();
  let body: string;
  if (way.kind === 'square') {
    threadSizes = threadSizes.map((count, level) => (level === way.row || level === last ? count / 4 : count));
    const outStrides = sizes.map((_, level) => product(sizes.slice(level + 1)));
    const squares = (all: readonly number[], along: number) =>
      all.map((stride, level) => (level === along ? 1 : (level === way.row || level === last ? 4 * stride : stride) / 4));
    body = `
  let source = ${address(squares(strides, way.row))} + start;
  ${range(4).map((i) => `let row${i} = x[source + ${(i * strides[last]) / 4}u];`).join(' ')}
  let goal = ${address(squares(outStrides, last))};
  ${['x', 'y', 'z', 'w'].map((c, i) => `out[goal + ${(i * outStrides[way.row]) / 4}u] = vec4f(row0.${c}, row1.${c}, row2.${c}, row3.${c});`).join('\n  ')}`;
  } else {
    const run = way.kind === 'single' ? way.run : 1;
    threadSizes[last] /= unit * run;
    const steps = strides.map((stride, level) => (level === last ? stride * run : stride / unit));
    body = `
  let source = ${address(steps)} + start;
  ${range(run).map((i) => `out[i * ${run}u + ${i}u] = x[source + ${i}u];`).join(' ')}`;
  }
  const count = product(threadSizes);
  const { grid, index } = lineGrid(count, SIZE);
  const type = vector ? 'vec4f' : 'f32';
  const wgsl = () => `
${declare([{ name: 'x', type, length: Math.floor(inputSize / unit) }, { name: 'out', type, length: size / unit, written: true }])}
@group(0) @binding(2) var<uniform> offset: vec2f;
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${count}u) { return; }
  let start = (u32(offset.x) * 65536u + u32(offset.y)) / ${unit}u;
  ${places('i', threadSizes)}
  ${body}
}`;
  return { key: `view ${sizes.join('x')} ${strides.join('x')} ${inputSize} ${way.kind}`, wgsl, grid };
}

/** A run of axes of a padded tensor: its size, that of the original, and where the original starts. */
export interface Padding { size: number; own: number; before: number }

/** Joins each axis that is not padded with the one before it. */
export function simplifyPadding(axes: readonly Padding[]): Padding[] {
  const merged: Padding[] = [];
  for (const axis of axes) {
    const last = merged[merged.length - 1];
    if (last && axis.size === axis.own) {
      merged[merged.length - 1] = { size: last.size * axis.size, own: last.own * axis.size, before: last.before * axis.size };
    } else merged.push(axis);
  }
  return merged;
}

/** x with `value` around it. */
export function padProgram(axes: readonly Padding[], value: number): Program {
  const last = axes.length - 1;
  const unit = Object.values(axes[last]).every(whole) ? 4 : 1;
  const type = unit === 4 ? 'vec4f' : 'f32';
  const scaled = axes.map((axis, level) => (level === last ? { size: axis.size / unit, own: axis.own / unit, before: axis.before / unit } : axis));
  const count = product(scaled.map(({ size }) => size));
  const { grid, index } = lineGrid(count, SIZE);
  const inside = scaled.flatMap(({ size, own, before }, level) => [
    ...(before > 0 ? [`at${level} >= ${before}u`] : []), ...(before + own < size ? [`at${level} < ${before + own}u`] : []),
  ]);
  const from = scaled.map(({ before }, level) => `(at${level} - ${before}u) * ${product(scaled.slice(level + 1).map(({ own }) => own))}u`).join(' + ');
  const wgsl = () => `
${declare([{ name: 'x', type, length: product(scaled.map(({ own }) => own)) }, { name: 'out', type, length: count, written: true }])}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${count}u) { return; }
  ${places('i', scaled.map(({ size }) => size))}
  var value = ${type}(f32(${value}));
  if (${inside.join(' && ') || 'true'}) { value = x[${from}]; }
  out[i] = value;
}`;
  return { key: `pad ${axes.map(({ size, own, before }) => `${size}:${own}:${before}`).join()} ${value}`, wgsl, grid };
}

/**
 * Copies between one tensor [outer, row] and parts [outer, widths[p]] that lie side by side in its rows from `first` on: `join` gathers the parts into it, otherwise
 * they are cut out of it. The parts are bound first when joining, last when cutting.
 */
export function partsProgram(outer: number, row: number, first: number, widths: readonly number[], join: boolean): Program {
  const unit = [row, first, ...widths].every(whole) ? 4 : 1;
  const type = unit === 4 ? 'vec4f' : 'f32';
  const ends = widths.map((_, p) => widths.slice(0, p + 1).reduce((all, width) => all + width, 0) / unit);
  const span = ends[ends.length - 1];
  const count = outer * span;
  const { grid, index } = lineGrid(count, SIZE);
  const parts = widths.map((width, p) => ({ name: `part${p}`, type, length: (outer * width) / unit, written: !join }) as const);
  const joined = { name: 'joined', type, length: (outer * row) / unit, written: join } as const;
  const branches = widths.map((width, p) => {
    const part = `part${p}[row * ${width / unit}u + column - ${p === 0 ? 0 : ends[p - 1]}u]`;
    const copy = join ? `joined[at] = ${part};` : `${part} = joined[at];`;
    return p === widths.length - 1 ? `{ ${copy} }` : `if (column < ${ends[p]}u) { ${copy} }`;
  });
  const wgsl = () => `
${declare(join ? [...parts, joined] : [joined, ...parts])}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${count}u) { return; }
  let row = i / ${span}u;
  let column = i % ${span}u;
  let at = row * ${row / unit}u + ${first / unit}u + column;
  ${branches.join(' else ')}
}`;
  return { key: `parts ${outer} ${row} ${first} ${widths.join()} ${join}`, wgsl, grid };
}
