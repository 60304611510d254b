import { createUNet } from '../../workers/nets/unet';
import { diffusionProblem } from './diffusion';
import type { Ops } from './ops';
import { SHAPE, type Problem } from './problem';

/** The U-Net of `workers/nets/unet.ts` from another library's operations: the same parameters give the same output. */
function applyUNet<T>(multipliers: readonly number[], ops: Ops<T>, p: Record<string, T>, x: T, condition: T): T {
  const levels = multipliers.map((_, i) => i);
  const convolve = (name: string, input: T, stride: 1 | 2 = 1) => ops.convolve(input, p[`${name}/w`], p[`${name}/b`], stride);
  const residual = (name: string, input: T): T => {
    const [scale, shift] = ops.chunk(ops.dense(condition, p[`${name}/film/w`], p[`${name}/film/b`]), 2);
    const first = convolve(`${name}/conv0`, ops.normalize(input, p[`${name}/norm0/g`], p[`${name}/norm0/b`]));
    const second = convolve(`${name}/conv1`, ops.normalize(first, p[`${name}/norm1/g`], p[`${name}/norm1/b`], { scale, shift }));
    return ops.add(second, `${name}/skip/w` in p ? ops.project(input, p[`${name}/skip/w`], p[`${name}/skip/b`]) : input);
  };
  let h = convolve('in', ops.unshuffle(x, 2));
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
  return ops.shuffle(convolve('out/conv', ops.normalize(h, p['out/norm/g'], p['out/norm/b'])), 2);
}

/** The reference U-Net: 32x32x3, width 32, multipliers 1, 2, 2. */
export function unetProblem(): Problem {
  const net = createUNet({ kind: 'unet', ...SHAPE, width: 32, multipliers: [1, 2, 2], embedding: 128, attention: false });
  return diffusionProblem(net, (ops, p, x, condition) => applyUNet(net.config.multipliers, ops, p, x, condition));
}
