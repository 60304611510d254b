import { createDiT, positions, type DiTConfig } from '../../workers/nets/dit';
import { diffusionProblem } from './diffusion';
import type { Ops } from './ops';
import { SHAPE, type Problem } from './problem';

/** The transformer of `workers/nets/dit.ts` from another library's operations: the same parameters give the same output. */
function applyDiT<T>({ size, patch, depth, heads }: DiTConfig, ops: Ops<T>, p: Record<string, T>, x: T, condition: T, places: T): T {
  const dense = (name: string, input: T) => ops.dense(input, p[`${name}/w`], p[`${name}/b`]);
  const block = (name: string, input: T): T => {
    const [shift0, scale0, gate0, shift1, scale1, gate1] = ops.chunk(dense(`${name}/modulation`, condition), 6);
    const normal = ops.layerNorm(input, scale0, shift0);
    const [q, k, v] = ['q', 'k', 'v'].map((part) => dense(`${name}/attention/${part}`, normal));
    const h = ops.add(input, ops.gate(dense(`${name}/attention/out`, ops.attention(q, k, v, heads)), gate0));
    const hidden = ops.gelu(dense(`${name}/mlp0`, ops.layerNorm(h, scale1, shift1)));
    return ops.add(h, ops.gate(dense(`${name}/mlp1`, hidden), gate1));
  };
  let h = ops.add(dense('in', ops.tokens(ops.unshuffle(x, patch))), places);
  for (let i = 0; i < depth; i++) h = block(`block/${i}`, h);
  const [shift, scale] = ops.chunk(dense('out/modulation', condition), 2);
  return ops.shuffle(ops.image(dense('out/linear', ops.layerNorm(h, scale, shift)), size / patch), patch);
}

/** A transformer of 64 tokens, width 128, depth 6 and 4 heads. */
export function ditProblem(): Problem {
  const net = createDiT({ kind: 'dit', ...SHAPE, patch: 4, width: 128, depth: 6, heads: 4, featureDepth: 2 });
  const { size, patch, width } = net.config;
  const side = size / patch;
  return diffusionProblem(
    net,
    (ops, p, x, condition, { places }) => applyDiT(net.config, ops, p, x, condition, places),
    { places: { shape: [side * side, width], values: positions(side, width) } },
  );
}
