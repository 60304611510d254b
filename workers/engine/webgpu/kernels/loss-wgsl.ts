import { itemHead, tree } from './normalization-lanes';
import { declare, type Program } from './program';

/** What stands against the softmax p of a row of logits: labels t in -sum t log p, or q in sum q (log q - log p), given as it is or as logits. */
export type Target = 'labels' | 'probabilities' | 'logits';

export interface LossShape {
  rows: number; classes: number;
  target: Target;
  /** Divides all logits. */
  temperature: number;
  /** Multiplies the result. */
  factor: number;
}

const keyOf = (name: string, s: LossShape, lanes: number) => `${name} ${Object.values(s).join()} ${lanes}`;

/** One pass over a row's classes. */
const each = ({ classes }: LossShape, lanes: number, body: string) => `
  for (var k = lane; k < ${classes}u; k += ${lanes}u) { ${body} }`;

/** Greatest logit and log of the sum of exponentials of a row, which `logSoftmax` takes; relative to the greatest, so that nothing overflows. */
function normalizer(s: LossShape, lanes: number, of: 'logits' | 'targets'): string {
  return `
  var ${of}Own = -3.4028234e38;
  ${each(s, lanes, `${of}Own = max(${of}Own, ${of}[base + k]);`)}
  let ${of}Top = greatest(${of}Own, lane);
  var ${of}Sum = 0.0;
  ${each(s, lanes, `${of}Sum += exp((${of}[base + k] - ${of}Top) * ${1 / s.temperature});`)}
  let ${of}Log = log(total(${of}Sum, lane));`;
}

const logSoftmax = (s: LossShape, of: 'logits' | 'targets') => `((${of}[base + k] - ${of}Top) * ${1 / s.temperature} - ${of}Log)`;

/** What every entry needs: log p, the target's probability q, and its share of the loss. */
function entry(s: LossShape): string {
  const logP = `let logP = ${logSoftmax(s, 'logits')};`;
  if (s.target === 'labels') return `${logP} let q = targets[base + k]; let part = -q * logP;`;
  if (s.target === 'logits') return `${logP} let logQ = ${logSoftmax(s, 'targets')}; let q = exp(logQ); let part = q * (logQ - logP);`;
  // An entry of zero adds nothing, and its own entropy no gradient.
  return `${logP} let q = targets[base + k]; let some = q > 0.0; let logQ = select(0.0, log(select(1.0, q, some)), some); let part = q * (logQ - logP);`;
}

function rowHead(s: LossShape, lanes: number): { grid: [number, number, number]; head: string } {
  const { grid, head } = itemHead(s.rows, lanes);
  return {
    grid,
    head: `${tree(lanes, true)}
${head}
  let base = item * ${s.classes}u;
  ${normalizer(s, lanes, 'logits')}
  ${s.target === 'logits' ? normalizer(s, lanes, 'targets') : ''}`,
  };
}

/** The loss of every row. */
export function lossProgram(s: LossShape, lanes: number): Program {
  const { grid, head } = rowHead(s, lanes);
  const all = s.rows * s.classes;
  const wgsl = () => `
${declare([
    { name: 'logits', type: 'f32', length: all }, { name: 'targets', type: 'f32', length: all }, { name: 'out', type: 'f32', length: s.rows, written: true },
  ])}
${head}
  var own = 0.0;
  ${each(s, lanes, `${entry(s)} own += part;`)}
  let loss = total(own, lane);
  if (lane == 0u) { out[item] = loss * ${s.factor}; }
}`;
  return { key: keyOf('rowLoss', s, lanes), wgsl, grid };
}

/**
 * Both gradients in one dispatch: of the logits dy / T (p sum q - q), and of the targets: -dy log p of labels, dy (log q - log p + 1) of probabilities,
 * dy / T q (log q - log p - loss) of logits.
 */
export function lossGradientProgram(s: LossShape, lanes: number): Program {
  const { grid, head } = rowHead(s, lanes);
  const all = s.rows * s.classes;
  const sums: Record<Target, string> = { labels: 'own += q;', probabilities: 'own += q;', logits: 'own += part;' };
  const weight = s.target === 'logits' ? '1.0' : 'sum';
  const targets: Record<Target, string> = {
    labels: '-upstream * logP',
    probabilities: 'upstream * (logQ - logP + select(0.0, 1.0, some))',
    logits: `upstream * ${1 / s.temperature} * q * (logQ - logP - sum)`,
  };
  const wgsl = () => `
${declare([
    { name: 'logits', type: 'f32', length: all }, { name: 'targets', type: 'f32', length: all }, { name: 'dy', type: 'f32', length: s.rows },
    { name: 'dlogits', type: 'f32', length: all, written: true }, { name: 'dtargets', type: 'f32', length: all, written: true },
  ])}
${head}
  var own = 0.0;
  ${each(s, lanes, `${entry(s)} ${sums[s.target]}`)}
  let sum = total(own, lane);
  let upstream = dy[item] * ${s.factor};
  ${each(s, lanes, `${entry(s)}
    dlogits[base + k] = upstream * ${1 / s.temperature} * (exp(logP) * ${weight} - q);
    dtargets[base + k] = ${targets[s.target]};`)}
}`;
  return { key: keyOf('rowLossGradient', s, lanes), wgsl, grid };
}

/**
 * Gradient of both gradients of a cross-entropy for upstream u of the logits' and v of the labels', with S the sum of the labels: of the logits
 * dy / T^2 S p (u - <u, p>) - dy / T (v - p sum v), of the labels dy / T (<u, p> - u), and of dy (S <u, p> - <u, t>) / T - <v, log p>.
 */
export function crossEntropySecondProgram(s: LossShape, lanes: number): Program {
  const { grid, head } = rowHead(s, lanes);
  const all = s.rows * s.classes;
  const rate = `${1 / s.temperature}`;
  const wgsl = () => `
${declare([
    { name: 'logits', type: 'f32', length: all }, { name: 'targets', type: 'f32', length: all }, { name: 'dy', type: 'f32', length: s.rows },
    { name: 'u', type: 'f32', length: all }, { name: 'v', type: 'f32', length: all }, { name: 'outLogits', type: 'f32', length: all, written: true },
    { name: 'outTargets', type: 'f32', length: all, written: true }, { name: 'outDy', type: 'f32', length: s.rows, written: true },
  ])}
${head}
  var own = vec4f();
  var ownV = 0.0;
  ${each(s, lanes, `let logP = ${logSoftmax(s, 'logits')};
    let at = base + k;
    own += vec4f(u[at] * exp(logP), u[at] * targets[at], v[at] * logP, targets[at]);
    ownV += v[at];`)}
  let up = total(own.x, lane);
  let ut = total(own.y, lane);
  let vLog = total(own.z, lane);
  let labels = total(own.w, lane);
  let vSum = total(ownV, lane);
  let upstream = dy[item] * ${rate};
  ${each(s, lanes, `let p = exp(${logSoftmax(s, 'logits')});
    let at = base + k;
    outLogits[at] = upstream * (${rate} * labels * p * (u[at] - up) - v[at] + p * vSum);
    outTargets[at] = upstream * (up - u[at]);`)}
  if (lane == 0u) { outDy[item] = ${rate} * (labels * up - ut) - vLog; }
}`;
  return { key: keyOf('crossEntropySecond', s, lanes), wgsl, grid };
}
