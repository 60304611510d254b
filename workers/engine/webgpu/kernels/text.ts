/** Most workgroups WebGPU lets one dispatch have along a dimension. */
export const MAX_GROUPS = 65535;

/** A shader with its shapes baked in. `key` names everything that is baked, so that the text is only made once. */
export interface Program {
  key: string;
  wgsl: () => string;
  grid: readonly [x: number, y: number, z: number];
}

/** How a storage buffer is declared: its element and how many of them it holds. */
export interface Storage {
  name: string;
  type: 'f32' | 'vec4f' | 'u32' | 'vec2u' | 'vec4h';
  length: number;
  written?: boolean;
}

/**
 * Bindings 0, 1, ... of group 0. Sizes are fixed so that the compiler can drop the bounds checks of indices it can follow; a
 * buffer the shader does not use would vanish from the layout, so every one listed must be used.
 */
export function declare(buffers: readonly Storage[]): string {
  return buffers.map(({ name, type, length, written }, i) =>
    `@group(0) @binding(${i}) var<storage, ${written ? 'read_write' : 'read'}> ${name}: array<${type}, ${length}>;`).join('\n');
}

/** A grid for `count` threads in workgroups of `size`, and the WGSL expression of a thread's index in it. */
export function lineGrid(count: number, size: number): { grid: [number, number, number]; index: string } {
  const groups = Math.ceil(count / size);
  const x = Math.min(groups, MAX_GROUPS);
  const grid: [number, number, number] = [x, Math.ceil(groups / x), 1];
  return { grid, index: grid[1] === 1 ? 'id.x' : `(id.x + id.y * ${x * size}u)` };
}

/** [0, 1, ..., count - 1], for unrolled code. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
