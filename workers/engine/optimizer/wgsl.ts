/** Threads of one workgroup in all shaders. */
export const THREADS = 256;
/** Most workgroups one tensor's sum of squares is split over. */
export const MAX_PARTS = 64;

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

/** `body` for the tensor a workgroup belongs to: tensors lie side by side in the grid, each with a range (first workgroup, workgroups, values, offset). */
function choose(count: number, body: (index: number) => string): string {
  const branches = Array.from({ length: count }, (_, index) => {
    const condition = index + 1 < count ? `if (group.x < ranges[${index + 1}].x) ` : '';
    return `${condition}{ let range = ranges[${index}]; let start = (group.x - range.x) * ${THREADS}u + thread; let stride = range.y * ${THREADS}u;${body(index)} }`;
  });
  return branches.join(' else ');
}

/**
 * First pass of the global norm over `count` gradients: every workgroup adds the squares of its share of one of them in a fixed order and writes one part. No
 * atomics, so the same gradients give the same bits.
 */
export function squaresWgsl(count: number): string {
  return /* wgsl */ `
@group(0) @binding(0) var<uniform> ranges: array<vec4u, ${count}>;
@group(0) @binding(1) var<storage, read_write> parts: array<f32>;
${Array.from({ length: count }, (_, i) => `@group(0) @binding(${i + 2}) var<storage, read> gradient${i}: array<f32>;`).join('\n')}
${TREE}
@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
  var own = 0.0;
  var place = 0u;
  ${choose(count, (i) => `
    for (var i = start; i < range.z; i += stride) { own += gradient${i}[i] * gradient${i}[i]; }
    place = range.w + group.x - range.x;`)}
  let total = treeSum(own, thread);
  if (thread == 0u) { parts[place] = total; }
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
 * AdamW and, where an average is kept, its EMA for `count` tensors in place. `state` holds both moments of all tensors, `ema` all averages; the last number of a
 * tensor's range is its offset in values.
 */
export function updateWgsl(count: number, ema: boolean, clip: boolean): string {
  const first = 3 + Number(clip) + Number(ema);
  return /* wgsl */ `
${FACTORS}
@group(0) @binding(1) var<uniform> ranges: array<vec4u, ${count}>;
@group(0) @binding(2) var<storage, read_write> state: array<f32>;
${clip ? '@group(0) @binding(3) var<storage, read> scale: array<f32>;' : ''}
${ema ? `@group(0) @binding(${first - 1}) var<storage, read_write> ema: array<f32>;` : ''}
${Array.from({ length: count }, (_, i) => `
@group(0) @binding(${first + 2 * i}) var<storage, read> gradient${i}: array<f32>;
@group(0) @binding(${first + 2 * i + 1}) var<storage, read_write> param${i}: array<f32>;`).join('')}

fn updated(old: f32, gradient: f32, at: u32) -> f32 {
  let g = gradient${clip ? ' * scale[0]' : ''};
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
  ${choose(count, (i) => `
    for (var i = start; i < range.z; i += stride) { param${i}[i] = updated(param${i}[i], gradient${i}[i], range.w + i); }`)}
}
`;
}
