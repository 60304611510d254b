import { sizeOf } from '../../ops/shape';
import { declare, lineGrid, type Program } from './program';
import { refineKernel } from './registry';

const SIZE = 64;

/** Combines the values of a workgroup's threads in a fixed order. */
function tree(name: string, join: (a: string, b: string) => string): string {
  return `
fn ${name}(own: f32, lane: u32) -> f32 {
  shares[lane] = own;
  workgroupBarrier();
  for (var half = ${SIZE / 2}u; half > 0u; half = half / 2u) {
    if (lane < half) { shares[lane] = ${join('shares[lane]', 'shares[lane + half]')}; }
    workgroupBarrier();
  }
  let result = shares[0];
  workgroupBarrier();
  return result;
}`;
}

/** Softmax of each row: a thread a row, or a workgroup where `shared`. */
function softmaxProgram(rows: number, width: number, shared: boolean): Program {
  const vector = width % 4 === 0;
  const type = vector ? 'vec4f' : 'f32';
  const units = vector ? width / 4 : width;
  const lanes = shared ? SIZE : 1;
  const { grid, index } = lineGrid(rows * lanes, SIZE);
  const loop = (body: string) => `for (var u = lane; u < ${units}u; u += ${lanes}u) { ${body} }`;
  const most = vector ? 'max(max(tops.x, tops.y), max(tops.z, tops.w))' : 'tops';
  const sum = vector ? 'dot(sums, vec4f(1.0))' : 'sums';
  const wgsl = () => `
${declare([{ name: 'x', type, length: rows * units }, { name: 'out', type, length: rows * units, written: true }])}
${shared ? `var<workgroup> shares: array<f32, ${SIZE}>;${tree('largest', (a, b) => `max(${a}, ${b})`)}${tree('total', (a, b) => `${a} + ${b}`)}` : ''}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = ${shared ? `group.x + group.y * ${grid[0]}u` : index};
  let lane = ${shared ? 'local' : '0u'};
  if (row >= ${rows}u) { return; }
  let start = row * ${units}u;
  var tops = ${type}(-3.0e38);
  ${loop('tops = max(tops, x[start + u]);')}
  let top = ${shared ? `largest(${most}, lane)` : most};
  var sums = ${type}();
  ${loop('let e = exp(x[start + u] - top); sums += e; out[start + u] = e;')}
  let share = 1.0 / ${shared ? `total(${sum}, lane)` : sum};
  ${loop('out[start + u] = out[start + u] * share;')}
}`;
  return { key: `softmax ${rows}x${width} ${shared}`, wgsl, grid };
}

/** Registers softmax over the last axis, one dispatch. */
export function installSoftmaxKernel(): void {
  refineKernel('Softmax', ({ logits }, attrs, gpu) => {
    const { shape } = logits;
    const axis = attrs.dim as number;
    if (axis !== -1 && axis !== shape.length - 1) return null;
    const width = shape[shape.length - 1] ?? 1;
    const out = gpu.output(shape);
    gpu.run(softmaxProgram(sizeOf(shape.slice(0, -1)), width, !gpu.software && width > SIZE), [logits, out]);
    return out;
  });
}
