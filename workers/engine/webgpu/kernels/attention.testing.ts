/** Attention written out as loops in float64, value and analytic gradient. */

export interface AttentionSize { images: number; tokens: number; heads: number; width: number }

type Numbers = ArrayLike<number>;

/** Calls `visit` for each head of each image with the index of an element (token, channel) of it. */
function eachHead({ images, tokens, heads, width }: AttentionSize, visit: (at: (token: number, channel: number) => number) => void): void {
  for (let image = 0; image < images; image++) {
    for (let head = 0; head < heads; head++) visit((token, channel) => ((image * tokens + token) * heads + head) * width + channel);
  }
}

/** softmax(q_i k^T / sqrt(width)) of one query. */
function weightsOf(q: Numbers, k: Numbers, i: number, at: (token: number, channel: number) => number, { tokens, width }: AttentionSize): Float64Array {
  const scores = Float64Array.from({ length: tokens }, (_, j) => {
    let sum = 0;
    for (let c = 0; c < width; c++) sum += q[at(i, c)] * k[at(j, c)];
    return sum / Math.sqrt(width);
  });
  const top = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const powers = scores.map((score) => Math.exp(score - top));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** softmax(q k^T / sqrt(width)) v for q, k, v [images, tokens, heads * width]. */
export function attentionReference(q: Numbers, k: Numbers, v: Numbers, size: AttentionSize): Float64Array {
  const out = new Float64Array(q.length);
  eachHead(size, (at) => {
    for (let i = 0; i < size.tokens; i++) {
      weightsOf(q, k, i, at, size).forEach((p, j) => {
        for (let c = 0; c < size.width; c++) out[at(i, c)] += p * v[at(j, c)];
      });
    }
  });
  return out;
}

/** Gradients of q, k and v under the upstream gradient dy. */
export function attentionGradients(q: Numbers, k: Numbers, v: Numbers, dy: Numbers, size: AttentionSize): [Float64Array, Float64Array, Float64Array] {
  const { tokens, width } = size;
  const [dq, dk, dv] = [0, 1, 2].map(() => new Float64Array(q.length));
  eachHead(size, (at) => {
    for (let i = 0; i < tokens; i++) {
      const p = weightsOf(q, k, i, at, size);
      const dp = p.map((_, j) => {
        let sum = 0;
        for (let c = 0; c < width; c++) sum += dy[at(i, c)] * v[at(j, c)];
        return sum;
      });
      const mean = p.reduce((sum, weight, j) => sum + weight * dp[j], 0);
      for (let j = 0; j < tokens; j++) {
        const slope = (p[j] * (dp[j] - mean)) / Math.sqrt(width);
        for (let c = 0; c < width; c++) {
          dq[at(i, c)] += slope * k[at(j, c)];
          dk[at(j, c)] += slope * q[at(i, c)];
          dv[at(j, c)] += p[j] * dy[at(i, c)];
        }
      }
    }
  });
  return [dq, dk, dv];
}
