import * as tf from '@tensorflow/tfjs-core';
import { groupNorm, pixelShuffle, pixelUnshuffle, upsample2 } from '../engine/ops';
import type { Params } from '../engine/types';
import { RetortError } from '../failure';
import { selfAttention, selfAttentionSpecs } from './attention';
import { convolutionSpecs, linearSpecs, normSpecs, type ParameterSpec } from './init';
import { chunk, conditioning, conditioningSpecs, convolve, defineNet, project, type DiffusionNet, type ImageShape } from './net';

export interface UNetConfig extends ImageShape {
  kind: 'unet';
  /** Channels of the finest level, a multiple of `GROUPS`. */
  width: number;
  /** Channels of each level relative to `width`, finest first; its length is the number of levels. */
  multipliers: number[];
  /** Width of the time and class embedding. */
  embedding: number;
  /** Self-attention after the middle block. */
  attention: boolean;
}

const GROUPS = 8;
const PATCH = 2;
const HEAD_WIDTH = 32;
/** Coarsest side the automatic depth goes down to: finer ones cost more than they bring at these sizes. */
const COARSEST = 8;
const EMBEDDING = 128;

interface Block {
  name: string;
  from: number;
  to: number;
  side: number;
}

interface Level {
  side: number;
  width: number;
  down: Block;
  up: Block;
}

/**
 * The configuration measured for this image size: two levels at least, and further ones until the coarsest side is at most 8;
 * 32 channels at 16 px growing to 48 from 32 px on. Zero or empty choices mean automatic.
 */
export function unetConfig(
  shape: ImageShape, choice: { width: number; multipliers: number[]; attention: boolean },
): UNetConfig {
  const growth = Math.min(1, Math.max(0, (shape.size - 16) / 16));
  const width = choice.width || GROUPS * Math.round(4 + 2 * growth);
  let multipliers = choice.multipliers;
  if (multipliers.length === 0) {
    multipliers = [1, 2];
    for (let side = Math.ceil(shape.size / PATCH / 2); side > COARSEST; side = Math.ceil(side / 2)) multipliers.push(2);
  }
  return { kind: 'unet', ...shape, width, multipliers, embedding: EMBEDDING, attention: choice.attention };
}

function validate({ size, width, multipliers }: UNetConfig): void {
  if (!Number.isInteger(size / 4) || size < 16 || size > 128) {
    throw new RetortError('net-size', `Diffusion nets take images of 16 to 128 px in steps of 4, not ${size}. Choose another size at intake.`, { size });
  }
  if (multipliers.length === 0 || multipliers.some((m) => !(m > 0) || !Number.isInteger((m * width) / GROUPS))) {
    throw new RetortError(
      'net-width',
      `The U-Net's width ${width} times each multiplier (${multipliers.join(', ')}) must be a multiple of ${GROUPS}. Change width or multipliers.`,
      { width, multipliers: multipliers.join(',') },
    );
  }
  if (size / PATCH / 2 ** (multipliers.length - 1) < 2) {
    throw new RetortError(
      'net-levels',
      `${multipliers.length} levels halve ${size} px below 2. Give fewer multipliers.`,
      { levels: multipliers.length, size },
    );
  }
}

/** Widths and sides of every block: initialisation, operation count and evaluation all follow this one plan. */
function planLevels({ size, width, multipliers }: UNetConfig): Level[] {
  const widths = multipliers.map((multiplier) => multiplier * width);
  let side = size / PATCH;
  return widths.map((w, i) => {
    if (i > 0) side = Math.ceil(side / 2);
    return {
      side,
      width: w,
      down: { name: `down/${i}`, from: widths[Math.max(0, i - 1)], to: w, side },
      up: { name: `up/${i}`, from: 2 * w, to: w, side },
    };
  });
}

function blockSpecs({ name, from, to, side }: Block, embedding: number): ParameterSpec[] {
  return [
    ...normSpecs(`${name}/norm0`, from),
    ...convolutionSpecs(`${name}/conv0`, 3, from, to, side),
    ...linearSpecs(`${name}/film`, embedding, 2 * to, 1),
    ...normSpecs(`${name}/norm1`, to),
    ...convolutionSpecs(`${name}/conv1`, 3, to, to, side, 'zero'),
    ...(from === to ? [] : linearSpecs(`${name}/skip`, from, to, side * side)),
  ];
}

/** norm, SiLU, conv, norm with scale and shift from the condition (FiLM), SiLU, conv, plus the (projected) input. */
function residual(params: Params, { name, from, to }: Block, x: tf.Tensor, condition: tf.Tensor): tf.Tensor {
  const [scale, shift] = chunk(project(params, `${name}/film`, condition), 2);
  const first = groupNorm(x, params[`${name}/norm0/g`], params[`${name}/norm0/b`], { groups: GROUPS, activation: 'silu' });
  const second = groupNorm(
    convolve(params, `${name}/conv0`, first), params[`${name}/norm1/g`], params[`${name}/norm1/b`],
    { groups: GROUPS, activation: 'silu', scale, shift },
  );
  return tf.add(convolve(params, `${name}/conv1`, second), from === to ? x : project(params, `${name}/skip`, x));
}

/** Cuts to side x side from the top left: upsampling an odd side rounded up on the way down gives one row too many. */
function crop(x: tf.Tensor, side: number): tf.Tensor {
  return x.shape[1] === side ? x : tf.slice(x, [0, 0, 0, 0], [x.shape[0], side, side, x.shape[x.rank - 1]]);
}

/**
 * Class-conditional U-Net in pixel space (after Ho et al. 2020; FiLM after Dhariwal and Nichol 2021): pixel-unshuffle by 2, one
 * residual block per level down and up, one in the middle. Output and residual ends start at zero, so the first output is 0.
 * @throws RetortError `net-size`, `net-width`, `net-levels`.
 */
export function createUNet(config: UNetConfig): DiffusionNet & { config: UNetConfig } {
  validate(config);
  const { channels, classes, embedding, attention } = config;
  const deep = channels * PATCH * PATCH;
  const levels = planLevels(config);
  const fine = levels[0];
  const coarse = levels[levels.length - 1];
  const middle: Block = { name: 'middle', from: coarse.width, to: coarse.width, side: coarse.side };
  const tokens = coarse.side * coarse.side;

  const specs: ParameterSpec[] = [
    ...conditioningSpecs(embedding, classes),
    ...convolutionSpecs('in', 3, deep, fine.width, fine.side),
    ...levels.flatMap(({ down, side }, i) => [
      ...(i > 0 ? convolutionSpecs(`shrink/${i}`, 3, down.from, down.from, side) : []),
      ...blockSpecs(down, embedding),
    ]),
    ...blockSpecs(middle, embedding),
    ...(attention ? [...normSpecs('attention/norm', coarse.width), ...selfAttentionSpecs('attention', coarse.width, tokens)] : []),
    ...levels.flatMap(({ up, width }, i) => [
      ...blockSpecs(up, embedding),
      ...(i > 0 ? convolutionSpecs(`grow/${i}`, 3, width, levels[i - 1].width, levels[i - 1].side) : []),
    ]),
    ...normSpecs('out/norm', fine.width),
    ...convolutionSpecs('out/conv', 3, fine.width, deep, fine.side, 'zero'),
  ];

  function attend(params: Params, x: tf.Tensor): tf.Tensor {
    const [n, side, , width] = x.shape;
    const normal = groupNorm(x, params['attention/norm/g'], params['attention/norm/b'], { groups: GROUPS });
    const heads = Math.max(1, Math.floor(width / HEAD_WIDTH));
    const mixed = selfAttention(params, 'attention', tf.reshape(normal, [n, side * side, width]), width % heads === 0 ? heads : 1);
    return tf.add(x, tf.reshape(mixed, x.shape));
  }

  return defineNet({
    config,
    specs,
    extraMacs: attention ? 2 * tokens * tokens * coarse.width : 0,
    applyWithFeatures(params, x, time, labels) {
      const condition = conditioning(params, time, labels, embedding, classes);
      let h = convolve(params, 'in', pixelUnshuffle(x, PATCH));
      const skips: tf.Tensor[] = levels.map(({ down }, i) => {
        if (i > 0) h = convolve(params, `shrink/${i}`, h, 2);
        h = residual(params, down, h, condition);
        return h;
      });
      h = residual(params, middle, h, condition);
      if (attention) h = attend(params, h);
      const features = h;
      for (let i = levels.length - 1; i >= 0; i--) {
        h = residual(params, levels[i].up, tf.concat([h, skips[i]], 3), condition);
        if (i > 0) h = convolve(params, `grow/${i}`, crop(upsample2(h), levels[i - 1].side));
      }
      const normal = groupNorm(h, params['out/norm/g'], params['out/norm/b'], { groups: GROUPS, activation: 'silu' });
      return { output: pixelShuffle(convolve(params, 'out/conv', normal), PATCH), features };
    },
  });
}
