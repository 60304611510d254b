import type * as tf from '@tensorflow/tfjs-core';
import { multiHeadAttention } from '../engine/ops';
import type { Params } from '../engine/types';
import { linearSpecs, type ParameterSpec } from './init';
import { project } from './net';

/** Parameters of `selfAttention`; the output layer starts at zero so that a residual branch starts as the identity. */
export function selfAttentionSpecs(
  name: string, width: number, tokens: number, output: 'fan-in' | 'zero' = 'zero',
): ParameterSpec[] {
  return [
    ...['q', 'k', 'v'].flatMap((part) => linearSpecs(`${name}/${part}`, width, width, tokens)),
    ...linearSpecs(`${name}/out`, width, width, tokens, output),
  ];
}

/** Multi-head self-attention of tokens [N, T, D], giving [N, T, D]; `heads` must divide D. */
export function selfAttention(params: Params, name: string, x: tf.Tensor, heads: number): tf.Tensor {
  const part = (of: string): tf.Tensor => project(params, `${name}/${of}`, x);
  return project(params, `${name}/out`, multiHeadAttention(part('q'), part('k'), part('v'), heads));
}
