import { STREAM_NORMAL, STREAM_UNIFORM } from '../../ops/random';
import { sizeOf } from '../../ops/shape';
import { KEY_LENGTH } from '../../../random';
import { declare, lineGrid, range, type Program } from './program';
import { NORMALS_WGSL, PHILOX_WGSL } from './random-wgsl';
import { refineKernel } from './registry';

const SIZE = 64;

/** What four words become. A product with a power of two is exact. */
const DISTRIBUTIONS = {
  [STREAM_UNIFORM]: { wgsl: '', values: `vec4f(words >> vec4u(8u)) * ${2 ** -24}` },
  [STREAM_NORMAL]: { wgsl: NORMALS_WGSL, values: 'normals(words)' },
} as const;

/**
 * Four numbers a thread. The position need not be a multiple of four, nor even: where it is not, a thread takes its words from two
 * blocks, which all threads do or none does.
 */
function program(kernelName: keyof typeof DISTRIBUTIONS, size: number): Program {
  const { wgsl: functions, values } = DISTRIBUTIONS[kernelName];
  const threads = Math.ceil(size / 4);
  const { grid, index } = lineGrid(threads, SIZE);
  const vector = size % 4 === 0;
  const store = vector
    ? 'out[i] = values;'
    : range(4).map((k) => `if (4u * i + ${k}u < ${size}u) { out[4u * i + ${k}u] = values[${k}]; }`).join('\n  ');
  const wgsl = () => `
${declare([
    { name: 'place', type: 'f32', length: KEY_LENGTH }, { name: 'out', type: vector ? 'vec4f' : 'f32', length: vector ? threads : size, written: true },
  ])}
${PHILOX_WGSL}
${functions}
fn word(half: u32) -> u32 { return u32(place[half]) | (u32(place[half + 1u]) << 16u); }
fn after(block: vec2u, count: u32) -> vec2u {
  let low = block.x + count;
  return vec2u(low, block.y + select(0u, 1u, low < count));
}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${threads}u) { return; }
  let key = vec2u(word(0u), word(2u));
  let position = vec2u(word(4u), word(6u));
  let block = after(vec2u((position.x >> 2u) | (position.y << 30u), position.y >> 2u), i);
  var words = philox(block, key);
  let skipped = position.x & 3u;
  if (skipped > 0u) {
    let next = philox(after(block, 1u), key);
    if (skipped == 1u) { words = vec4u(words.yzw, next.x); }
    else if (skipped == 2u) { words = vec4u(words.zw, next.xy); }
    else { words = vec4u(words.w, next.xyz); }
  }
  let values = ${values};
  ${store}
}`;
  return { key: `${kernelName} ${size}`, wgsl, grid };
}

/** Registers random numbers made on the device. */
export function installRandomKernels(): void {
  for (const kernelName of [STREAM_UNIFORM, STREAM_NORMAL] as const) {
    refineKernel(kernelName, ({ key }, attrs, gpu) => {
      const shape = attrs.shape as number[];
      const out = gpu.output(shape);
      gpu.run(program(kernelName, sizeOf(shape)), [key, out]);
      return out;
    });
  }
}
