/** Threads of one workgroup in all shaders. */
export const THREADS = 64;
/** Most sums of squares a tensor leaves for the second pass: one a workgroup, or a thread where those write their own. */
export const MAX_PARTS = 256;

/** A tensor as the shaders see it: one of whole quads is bound as vec4f; any other number by number, its last quad filled up in the arenas. */
export interface Served {
  quads: boolean;
}

/** Binding 0 of the last two shaders: the step's factors, see `writeFactors`. */
const FACTORS = /* wgsl */ `
struct Factors {
  rate: f32, shrink: f32, beta1: f32, beta2: f32,
  epsilon: f32, secondScale: f32, emaDecay: f32, clip: f32,
}
@group(0) @binding(0) var<uniform> factors: Factors;
`;

const TREE = /* wgsl */ `
var<workgroup> sums: array<f32, ${THREADS}>;
fn treeSum(own: f32, thread: u32) -> f32 {
  sums[thread] = own;
  workgroupBarrier();
  for (var half = ${THREADS / 2}u; half > 0u; half = half / 2u) {
    if (thread < half) { sums[thread] += sums[thread + half]; }
    workgroupBarrier();
  }
  return sums[0];
}
`;

/**
 * `body` for the tensor a workgroup belongs to: tensors lie side by side in the grid, each with a range (first workgroup, workgroups, values, offset). A thread takes
 * the quads `q` from `start` on by `stride`.
 */
function choose(served: readonly Served[], body: (one: Served, index: number) => string): string {
  const branches = served.map((one, index) => {
    const condition = index + 1 < served.length ? `if (group.x < ranges[${index + 1}].x) ` : '';
    return `${condition}{
    let range = ranges[${index}];
    let start = (group.x - range.x) * ${THREADS}u + thread;
    let stride = range.y * ${THREADS}u;
    let quads = (range.z + 3u) / 4u;
    let last = range.z - 1u;${body(one, index)} }`;
  });
  return branches.join(' else ');
}

/** Quad `q` of a tensor; past the end the last number stands again. */
function quadOf({ quads }: Served, name: string): string {
  if (quads) return `${name}[q]`;
  return `vec4f(${[0, 1, 2, 3].map((lane) => `${name}[min(4u * q + ${lane}u, last)]`).join(', ')})`;
}

const bound = ({ quads }: Served): string => `array<${quads ? 'vec4f' : 'f32'}>`;

/**
 * First pass of the global norm over some gradients: every thread adds the squares of its share of one of them in a fixed order. `alone`, it writes them as its part,
 * which needs no barrier; or a workgroup adds up what its threads have and writes one. No atomics, so the same gradients give the same bits.
 */
export function squaresWgsl(served: readonly Served[], alone: boolean): string {
  return /* wgsl */ `
@group(0) @binding(0) var<uniform> ranges: array<vec4u, ${served.length}>;
@group(0) @binding(1) var<storage, read_write> parts: array<f32>;
${served.map((one, i) => `@group(0) @binding(${i + 2}) var<storage, read> gradient${i}: ${bound(one)};`).join('\n')}
${alone ? '' : TREE}
@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
  var own = vec4f();
  var place = 0u;
  ${choose(served, (one, i) => `
    for (var q = start; q < quads; q += stride) {
      let g = ${quadOf(one, `gradient${i}`)};
      own += ${one.quads ? 'g * g' : 'select(vec4f(), g * g, 4u * q + vec4u(0u, 1u, 2u, 3u) <= vec4u(last))'};
    }
    place = range.w + ${alone ? 'start' : 'group.x - range.x'};`)}
  let sum = (own.x + own.y) + (own.z + own.w);
  ${alone ? 'parts[place] = sum;' : `let total = treeSum(sum, thread);
  if (thread == 0u) { parts[place] = total; }`}
}
`;
}

/** Second pass: one workgroup adds all parts and leaves min(1, clip / (norm + 1e-6)). */
export const NORM_WGSL = /* wgsl */ `
${FACTORS}
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<storage, read_write> scale: array<f32>;
${TREE}
@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32) {
  var own = 0.0;
  for (var i = thread; i < arrayLength(&parts); i += ${THREADS}u) { own += parts[i]; }
  let total = treeSum(own, thread);
  if (thread == 0u) { scale[0] = min(1.0, factors.clip / (sqrt(total) + 1e-6)); }
}
`;

/**
 * AdamW and, where an average is kept, its EMA for some tensors in place. `state` holds the first and the second moment of every quad in turn, `ema` all averages; the
 * last number of a tensor's range is its offset in quads.
 */
export function updateWgsl(served: readonly Served[], ema: boolean, clip: boolean): string {
  const first = 3 + Number(clip) + Number(ema);
  const write = (one: Served, name: string) => (one.quads ? `${name}[q] = p;` : `
      ${name}[4u * q] = p.x;
      ${['y', 'z', 'w'].map((lane, i) => `if (4u * q + ${i + 1}u <= last) { ${name}[4u * q + ${i + 1}u] = p.${lane}; }`).join('\n      ')}`);
  return /* wgsl */ `
${FACTORS}
@group(0) @binding(1) var<uniform> ranges: array<vec4u, ${served.length}>;
@group(0) @binding(2) var<storage, read_write> state: array<vec4f>;
${clip ? '@group(0) @binding(3) var<storage, read> scale: array<f32>;' : ''}
${ema ? `@group(0) @binding(${first - 1}) var<storage, read_write> ema: array<vec4f>;` : ''}
${served.map((one, i) => `
@group(0) @binding(${first + 2 * i}) var<storage, read> gradient${i}: ${bound(one)};
@group(0) @binding(${first + 2 * i + 1}) var<storage, read_write> param${i}: ${bound(one)};`).join('')}

fn updated(old: vec4f, g: vec4f, at: u32) -> vec4f {
  let m = factors.beta1 * state[2u * at] + (1.0 - factors.beta1) * g;
  let v = factors.beta2 * state[2u * at + 1u] + (1.0 - factors.beta2) * g * g;
  state[2u * at] = m;
  state[2u * at + 1u] = v;
  let p = factors.shrink * old - factors.rate * m / (sqrt(v * factors.secondScale) + factors.epsilon);
  ${ema ? 'ema[at] += (1.0 - factors.emaDecay) * (p - ema[at]);' : ''}
  return p;
}

@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
  ${clip ? 'let clipped = scale[0];' : ''}
  ${choose(served, (one, i) => `
    for (var q = start; q < quads; q += stride) {
      let p = updated(${quadOf(one, `param${i}`)}, ${quadOf(one, `gradient${i}`)}${clip ? ' * clipped' : ''}, range.w + q);
      ${write(one, `param${i}`)}
    }`)}
}
`;
}
