import * as tf from '@tensorflow/tfjs-core';
import { gelu, layerNorm, pixelShuffle, pixelUnshuffle } from '../engine/ops';
import type { Params } from '../engine/types';
import { RetortError } from '../failure';
import { selfAttention, selfAttentionSpecs } from './attention';
import { linearSpecs, type ParameterSpec } from './init';
import { chunk, conditioning, conditioningSpecs, defineNet, project, type DiffusionNet, type ImageShape } from './net';

export interface DiTConfig extends ImageShape {
  kind: 'dit';
  /** Side of the square of pixels that becomes one token. */
  patch: number;
  width: number;
  depth: number;
  heads: number;
  /** Blocks before the features are taken. */
  featureDepth: number;
}

const WIDTH = 128;
/** Hidden width of the MLP relative to the tokens'. */
const EXPANSION = 4;

/** `width` 0 takes 128. Features are taken after about a third of the blocks, as representation alignment wants them. */
export function ditConfig(
  shape: ImageShape, choice: { width: number; patch: number; depth: number; heads: number },
): DiTConfig {
  const { patch, depth, heads } = choice;
  return { kind: 'dit', ...shape, patch, width: choice.width || WIDTH, depth, heads, featureDepth: Math.max(1, Math.round(depth / 3)) };
}

function validate({ size, patch, width, heads }: DiTConfig): void {
  if (size % patch !== 0) {
    throw new RetortError('net-patch', `A patch of ${patch} px does not divide ${size} px. Choose another patch or size.`, { patch, size });
  }
  if (width % heads !== 0 || width % 4 !== 0) {
    throw new RetortError(
      'net-heads',
      `The transformer's width ${width} must be a multiple of 4 and of its ${heads} heads. Change width or heads.`,
      { width, heads },
    );
  }
}

/**
 * Fixed 2-D sine-cosine positions [side*side, width] (Dosovitskiy et al. 2021, as in DiT): the first half of the channels encodes the column,
 * the second the row, each as sines then cosines of frequencies 10000^(-i / (width/4)).
 */
export function positions(side: number, width: number): Float32Array<ArrayBuffer> {
  const quarter = width / 4;
  const out = new Float32Array(side * side * width);
  for (let token = 0; token < side * side; token++) {
    for (let i = 0; i < quarter; i++) {
      const frequency = 10000 ** (-i / quarter);
      const column = (token % side) * frequency;
      const row = Math.floor(token / side) * frequency;
      out[token * width + i] = Math.sin(column);
      out[token * width + quarter + i] = Math.cos(column);
      out[token * width + 2 * quarter + i] = Math.sin(row);
      out[token * width + 3 * quarter + i] = Math.cos(row);
    }
  }
  return out;
}

function blockSpecs(name: string, width: number, tokens: number): ParameterSpec[] {
  return [
    ...linearSpecs(`${name}/modulation`, width, 6 * width, 1, 'zero'),
    // The zero gate already makes the block the identity; a zero output layer as well would stop both from learning.
    ...selfAttentionSpecs(`${name}/attention`, width, tokens, 'fan-in'),
    ...linearSpecs(`${name}/mlp0`, width, EXPANSION * width, tokens),
    ...linearSpecs(`${name}/mlp1`, EXPANSION * width, width, tokens),
  ];
}

/** x [N, T, D] times a gate [N, D]. */
function gated(x: tf.Tensor, gate: tf.Tensor): tf.Tensor {
  const [n, , d] = x.shape;
  return tf.mul(x, tf.reshape(gate, [n, 1, d]));
}

/** One adaLN-zero block: attention and MLP branches, each normalised, modulated and gated by the condition. */
function block(params: Params, name: string, x: tf.Tensor, condition: tf.Tensor, heads: number): tf.Tensor {
  const [shift0, scale0, gate0, shift1, scale1, gate1] = chunk(project(params, `${name}/modulation`, condition), 6);
  const mixed = selfAttention(params, `${name}/attention`, layerNorm(x, { shift: shift0, scale: scale0 }), heads);
  const h = tf.add(x, gated(mixed, gate0));
  const hidden = gelu(project(params, `${name}/mlp0`, layerNorm(h, { shift: shift1, scale: scale1 })));
  return tf.add(h, gated(project(params, `${name}/mlp1`, hidden), gate1));
}

/**
 * Diffusion transformer (Peebles and Xie 2023) on pixels: patches, fixed positions, adaLN-zero blocks, a zero-initialised
 * modulated output layer. @throws RetortError `net-patch`, `net-heads`.
 */
export function createDiT(config: DiTConfig): DiffusionNet & { config: DiTConfig } {
  validate(config);
  const { size, channels, classes, patch, width, depth, heads, featureDepth } = config;
  const side = size / patch;
  const tokens = side * side;
  const deep = patch * patch * channels;
  const names = Array.from({ length: depth }, (_, i) => `block/${i}`);
  const places = positions(side, width);

  const specs: ParameterSpec[] = [
    ...conditioningSpecs(width, classes),
    ...linearSpecs('in', deep, width, tokens),
    ...names.flatMap((name) => blockSpecs(name, width, tokens)),
    ...linearSpecs('out/modulation', width, 2 * width, 1, 'zero'),
    ...linearSpecs('out/linear', width, deep, tokens, 'zero'),
  ];

  return defineNet({
    config,
    specs,
    extraMacs: 2 * depth * tokens * tokens * width,
    applyWithFeatures(params, x, time, labels) {
      const n = x.shape[0];
      const condition = conditioning(params, time, labels, width, classes);
      const patches = tf.reshape(pixelUnshuffle(x, patch), [n, tokens, deep]);
      let h: tf.Tensor = tf.add(project(params, 'in', patches), tf.tensor(places, [tokens, width]));
      let features = h;
      names.forEach((name, i) => {
        h = block(params, name, h, condition, heads);
        if (i + 1 === featureDepth) features = h;
      });
      const [shift, scale] = chunk(project(params, 'out/modulation', condition), 2);
      const out = project(params, 'out/linear', layerNorm(h, { shift, scale }));
      return {
        output: pixelShuffle(tf.reshape(out, [n, side, side, deep]), patch),
        features: tf.reshape(features, [n, side, side, width]),
      };
    },
  });
}
