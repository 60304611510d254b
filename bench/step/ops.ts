/** Batch normalisation by running statistics, each [C]: its parts, and the affine map x * gain + offset that they come to. Who runs it takes what suits it. */
export interface FrozenNorm<T> {
  g: T;
  b: T;
  mean: T;
  variance: T;
  gain: T;
  offset: T;
}

/**
 * What the nets of this bench are made of, for libraries that have no layers of ours. Images are in the library's own layout, tokens are
 * [N, T, D] and vectors [N, D] everywhere; filters and pixels are handed over in the layout the library wants.
 */
export interface Ops<T> {
  /** A convolution with same padding; `b` null leaves the bias out. */
  convolve(x: T, w: T, b: T | null, stride: 1 | 2): T;
  /** A dense layer at every pixel of an image. */
  project(x: T, w: T, b: T): T;
  /** Group normalisation of an image in eight groups, scaled by 1 + scale and shifted where given, then SiLU. */
  normalize(x: T, g: T, b: T, film?: { scale: T; shift: T }): T;
  /** Images side by side along channels. */
  join(a: T, b: T): T;
  /** Nearest-neighbour upsampling by two. */
  upsample(x: T): T;
  /** Squares of factor x factor pixels into channels, and back. */
  unshuffle(x: T, factor: number): T;
  shuffle(x: T, factor: number): T;
  /** Means of 2x2 squares. */
  averagePool(x: T): T;
  /** A frozen batch normalisation, then ReLU. */
  frozenNorm(x: T, norm: FrozenNorm<T>): T;
  /** Mean and biased variance [C] over batch and pixels. */
  moments(x: T): { mean: T; variance: T };
  /** Pixels of an image row by row as tokens, and back. */
  tokens(x: T): T;
  image(x: T, side: number): T;
  /** Tokens as one vector an image. */
  flatten(x: T): T;
  /** Layer normalisation of tokens without an affine part, scaled by 1 + scale [N, D] and shifted. */
  layerNorm(x: T, scale: T, shift: T): T;
  /** Tokens times one vector an image. */
  gate(x: T, g: T): T;
  /** softmax(q k^T / sqrt(d)) v over heads of neighbouring channels. */
  attention(q: T, k: T, v: T, heads: number): T;
  /** x [..., D] by w [D, O] plus b [O]. */
  dense(x: T, w: T, b: T): T;
  /** Equal pieces of the last axis. */
  chunk(x: T, parts: number): T[];
  /** Rows of a table by one-hot. */
  rows(labels: T, table: T): T;
  silu(x: T): T;
  /** The tanh form. */
  gelu(x: T): T;
  /** Shapes are equal, or b lacks leading axes of a. */
  add(a: T, b: T): T;
  times(x: T, factor: number): T;
  /** Mean of the squared difference, a scalar. */
  meanSquare(a: T, b: T): T;
  /** Mean over the batch of the cross-entropy of logits under target probabilities, a scalar. */
  crossEntropy(logits: T, targets: T): T;
  /** Euclidean norm of the difference, a scalar. */
  distance(a: T, b: T): T;
}
