import type { DiffusionNet } from '../../workers/nets/net';
import type { UNetConfig } from '../../workers/nets/unet';

/** What a U-Net is made of, for libraries that have no layers of ours. Images are in the library's own layout. */
export interface Ops<T> {
  convolve(x: T, w: T, b: T, stride: 1 | 2): T;
  /** x [N, D] by w [D, O]. */
  dense(x: T, w: T, b: T): T;
  /** A dense layer at every pixel. */
  project(x: T, w: T, b: T): T;
  /** Group normalisation in eight groups, scaled by 1 + scale and shifted where given, then SiLU. */
  normalize(x: T, g: T, b: T, film?: { scale: T; shift: T }): T;
  silu(x: T): T;
  add(a: T, b: T): T;
  /** Rows of the class table by one-hot. */
  rows(labels: T, table: T): T;
  /** Halves of x [N, 2D]. */
  halves(x: T): [T, T];
  /** Along channels. */
  join(a: T, b: T): T;
  upsample(x: T): T;
  unshuffle(x: T): T;
  shuffle(x: T): T;
}

/** The U-Net of `workers/nets/unet.ts` from another library's operations: the same parameters give the same output. */
export function applyUNet<T>(net: DiffusionNet, ops: Ops<T>, p: Record<string, T>, x: T, time: T, labels: T): T {
  const { multipliers } = net.config as UNetConfig;
  const levels = multipliers.map((_, i) => i);
  const dense = (name: string, input: T) => ops.dense(input, p[`${name}/w`], p[`${name}/b`]);
  const convolve = (name: string, input: T, stride: 1 | 2 = 1) => ops.convolve(input, p[`${name}/w`], p[`${name}/b`], stride);
  const hidden = ops.silu(dense('time/0', time));
  const condition = ops.silu(ops.add(dense('time/1', hidden), ops.rows(labels, p.class)));
  const residual = (name: string, input: T): T => {
    const [scale, shift] = ops.halves(dense(`${name}/film`, condition));
    const first = convolve(`${name}/conv0`, ops.normalize(input, p[`${name}/norm0/g`], p[`${name}/norm0/b`]));
    const second = convolve(`${name}/conv1`, ops.normalize(first, p[`${name}/norm1/g`], p[`${name}/norm1/b`], { scale, shift }));
    return ops.add(second, `${name}/skip/w` in p ? ops.project(input, p[`${name}/skip/w`], p[`${name}/skip/b`]) : input);
  };
  let h = convolve('in', ops.unshuffle(x));
  const skips = levels.map((i) => {
    if (i > 0) h = convolve(`shrink/${i}`, h, 2);
    h = residual(`down/${i}`, h);
    return h;
  });
  h = residual('middle', h);
  for (const i of levels.toReversed()) {
    h = residual(`up/${i}`, ops.join(h, skips[i]));
    if (i > 0) h = convolve(`grow/${i}`, ops.upsample(h));
  }
  return ops.shuffle(convolve('out/conv', ops.normalize(h, p['out/norm/g'], p['out/norm/b'])));
}
