/** Threads of one workgroup in all three shaders. */
export const THREADS = 256;
/** Most workgroups one tensor's sum of squares is split over. */
export const MAX_PARTS = 64;

/** Binding 0 of every shader: the step's factors, see `writeFactors`. */
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
 * First pass of the global norm: every workgroup adds the squares of its share of one gradient in a fixed order and writes one part. No
 * atomics, so the same gradients give the same bits.
 */
export const SQUARES_WGSL = /* wgsl */ `
struct Range { offset: u32 }
@group(0) @binding(0) var<uniform> range: Range;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;
${TREE}
@compute @workgroup_size(${THREADS})
fn main(
  @builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
) {
  var own = 0.0;
  for (var i = group.x * ${THREADS}u + thread; i < arrayLength(&gradient); i += groups.x * ${THREADS}u) {
    own += gradient[i] * gradient[i];
  }
  let total = treeSum(own, thread);
  if (thread == 0u) { parts[range.offset + group.x] = total; }
}
`;

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

/** AdamW and, where an average is kept, its EMA for one tensor in place. `state` holds both moments, one after the other. */
export function updateWgsl(ema: boolean, clip: boolean): string {
  return /* wgsl */ `
${FACTORS}
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read_write> param: array<f32>;
@group(0) @binding(3) var<storage, read_write> state: array<f32>;
${clip ? '@group(0) @binding(4) var<storage, read> scale: array<f32>;' : ''}
${ema ? '@group(0) @binding(5) var<storage, read_write> ema: array<f32>;' : ''}
@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let size = arrayLength(&param);
  for (var i = id.x; i < size; i += groups.x * ${THREADS}u) {
    let g = gradient[i]${clip ? ' * scale[0]' : ''};
    let m = factors.beta1 * state[i] + (1.0 - factors.beta1) * g;
    let v = factors.beta2 * state[size + i] + (1.0 - factors.beta2) * g * g;
    state[i] = m;
    state[size + i] = v;
    let p = factors.shrink * param[i] - factors.rate * m / (sqrt(v * factors.secondScale) + factors.epsilon);
    param[i] = p;
    ${ema ? 'ema[i] += (1.0 - factors.emaDecay) * (p - ema[i]);' : ''}
  }
}
`;
}
