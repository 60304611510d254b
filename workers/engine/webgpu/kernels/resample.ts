import { AVERAGE_POOL2, UPSAMPLE2 } from '../../gradients/names';
import { sizeOf } from '../../ops/shape';
import { declare, lineGrid, type Program } from './program';
import { refineKernel } from './registry';

const SIZE = 64;

/** Between images [rows, columns, channels], the rows of all images in one, and images of half as many rows and columns. */
function squareProgram(rows: number, columns: number, channels: number, pool: boolean): Program {
  const unit = channels % 4 === 0 ? 4 : 1;
  const type = unit === 4 ? 'vec4f' : 'f32';
  const units = channels / unit;
  const fine = { name: pool ? 'x' : 'out', type, length: rows * columns * units, written: !pool } as const;
  const coarse = { name: pool ? 'out' : 'x', type, length: fine.length / 4, written: pool } as const;
  const { grid, index } = lineGrid(coarse.length, SIZE);
  const corners = [0, units, columns * units, (columns + 1) * units];
  const wgsl = () => `
${declare(pool ? [fine, coarse] : [coarse, fine])}
@compute @workgroup_size(${SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = ${index};
  if (i >= ${coarse.length}u) { return; }
  let column = i / ${units}u;
  let row = column / ${columns / 2}u;
  // Each row of squares lies in two fine rows, each square in two fine columns.
  let at = i + column * ${units}u + row * ${columns * units}u;
  ${pool ? `out[i] = (${corners.map((corner) => `x[at + ${corner}u]`).join(' + ')}) * 0.25;` : `let value = x[i];
  ${corners.map((corner) => `out[at + ${corner}u] = value;`).join(' ')}`}
}`;
  return { key: `squares ${rows}x${columns}x${channels} ${pool}`, wgsl, grid };
}

/** Registers the mean of squares of two by two and nearest-neighbour doubling, each the other's gradient up to a factor. */
export function installResampleKernels(): void {
  refineKernel(AVERAGE_POOL2, ({ x }, _attrs, gpu) => {
    const [n, height, width, channels] = x.shape;
    if (height % 2 !== 0 || width % 2 !== 0) return null;
    const out = gpu.output([n, height / 2, width / 2, channels]);
    gpu.run(squareProgram(n * height, width, channels, true), [x, out]);
    return out;
  });
  refineKernel(UPSAMPLE2, ({ x }, _attrs, gpu) => {
    const [n, height, width, channels] = x.shape;
    const shape = [n, 2 * height, 2 * width, channels];
    const out = gpu.output(shape);
    gpu.run(squareProgram(sizeOf(shape.slice(0, 2)), 2 * width, channels, false), [x, out]);
    return out;
  });
}
