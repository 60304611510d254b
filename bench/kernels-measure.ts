import * as tf from '@tensorflow/tfjs-core';
import { openNodeWebGpu } from '../workers/engine/node-gpu.testing';
import { attach, detach } from '../workers/engine/webgpu/kernels/registry';
import type { Tile } from '../workers/engine/webgpu/kernels/tile';
import { RandomStream } from '../workers/random';

interface Shape {
  name: string;
  kernel: string;
  inputs: Record<string, number[]>;
  attrs: Record<string, unknown>;
  /** Floating-point operations, a multiplication and an addition counted as two. */
  flops: number;
}

const BATCH = 8;
/** Side, channels and filters of the different 3x3 convolutions of the reference U-Net: 32x32x3, base 32, multipliers 1, 2, 2. */
const CONVOLUTIONS = [[32, 3, 32], [32, 32, 32], [32, 96, 32], [16, 32, 64], [16, 64, 64], [8, 64, 64], [8, 128, 64]];
/** Products of a DiT block on 64 tokens of width 128: projections, the two layers of its perceptron, and attention over 4 heads. */
const TOKENS = BATCH * 64;
const PRODUCTS: [string, number, number, number, number][] = [
  ['qkv', 1, TOKENS, 128, 384], ['projection', 1, TOKENS, 128, 128], ['up', 1, TOKENS, 128, 512], ['down', 1, TOKENS, 512, 128],
  ['scores', BATCH * 4, 64, 32, 64], ['values', BATCH * 4, 64, 64, 32],
];

function shapes(): Shape[] {
  const convolutions = CONVOLUTIONS.flatMap(([side, channels, filters]) => {
    const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC' };
    const [x, filter, dy] = [[BATCH, side, side, channels], [3, 3, channels, filters], [BATCH, side, side, filters]];
    const name = `${side}x${side}x${channels} to ${filters}`;
    const shape = (kernel: string, inputs: Record<string, number[]>, own: Record<string, unknown>): Shape =>
      ({ name, kernel, inputs, attrs: { ...attrs, ...own }, flops: 2 * BATCH * side * side * 9 * channels * filters });
    return [
      shape('Conv2D', { x, filter }, { dilations: 1 }),
      shape('Conv2DBackpropInput', { dy, filter }, { inputShape: x }),
      shape('Conv2DBackpropFilter', { x, dy }, { filterShape: filter }),
    ];
  });
  const products = PRODUCTS.flatMap(([name, batch, m, k, n]) => [[false, false], [false, true], [true, false]].map(([transposeA, transposeB]) => ({
    name: `${name} ${batch} of ${m}x${k}x${n}${transposeA ? ', A transposed' : ''}${transposeB ? ', B transposed' : ''}`,
    kernel: 'BatchMatMul', attrs: { transposeA, transposeB }, flops: 2 * batch * m * k * n,
    inputs: { a: transposeA ? [batch, k, m] : [batch, m, k], b: transposeB ? [batch, n, k] : [batch, k, n] },
  })));
  return [...convolutions, ...products];
}

const TILES: Tile[] = [true, false].flatMap((shared) => [[4, 4], [8, 4], [4, 8], [8, 8]].map(([rows, columns]) => ({ rows, columns, shared })));
const nameOf = ({ rows, columns, shared }: Tile) => `${rows}x${columns}${shared ? ' shared' : ''}`;

/**
 * Milliseconds of one run: the fastest of `runs`. On a software adapter in this process that is processor time of both its threads, since
 * other programs must not count; on a graphics card it is the clock.
 */
async function time(shape: Shape, tensors: Record<string, tf.Tensor>, software: boolean, runs: number): Promise<number> {
  const once = async () => {
    const out = tf.engine().runKernel(shape.kernel, tensors, shape.attrs as tf.NamedAttrMap) as tf.Tensor;
    const first = tf.slice(tf.reshape(out, [-1]), [0], [1]);
    await first.data();
    tf.dispose([out, first]);
  };
  await once();
  let fastest = Infinity;
  for (let run = 0; run < runs; run++) {
    const start = software ? process.cpuUsage() : performance.now();
    await once();
    const spent = typeof start === 'number' ? performance.now() - start : ((used) => (used.user + used.system) / 1000)(process.cpuUsage(start));
    fastest = Math.min(fastest, spent);
  }
  return fastest;
}

/** Options: `--only TEXT` keeps the shapes whose kernel or name contains it, `--runs N` (3), `--chosen` leaves the search out. */
async function measure(argv: string[], log: (line: string) => void): Promise<Record<string, unknown>> {
  const option = (name: string) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : undefined);
  const only = option('--only') ?? '';
  const runs = Number(option('--runs') ?? 3);
  const tiles = argv.includes('--chosen') ? [] : TILES;
  const { engine, release } = await openNodeWebGpu();
  const software = /swiftshader|llvmpipe/i.test(engine.verdict.adapter);
  const stream = new RandomStream(1, 'bench/kernels');
  const results: { kernel: string; shape: string; gflops: Record<string, number>; ratios: { stock: number; best?: number } }[] = [];
  for (const shape of shapes().filter(({ name, kernel }) => `${kernel} ${name}`.includes(only))) {
    const tensors = Object.fromEntries(Object.entries(shape.inputs).map(([key, size]) =>
      [key, tf.tensor(stream.normals(new Float32Array(size.reduce((a, b) => a * b, 1))), size)]));
    const rate = (ms: number) => shape.flops / ms / 1e6;
    const gpu = attach(tf.backend(), software);
    const ours = rate(await time(shape, tensors, software, runs));
    const variants: Record<string, number> = {};
    for (const tile of tiles) {
      gpu.forced = tile;
      variants[nameOf(tile)] = rate(await time(shape, tensors, software, runs));
    }
    detach(tf.backend());
    const stock = rate(await time(shape, tensors, software, runs));
    tf.dispose(Object.values(tensors));
    const best = Math.max(ours, ...Object.values(variants));
    results.push({ kernel: shape.kernel, shape: shape.name, gflops: { ours, stock, ...variants }, ratios: { stock: ours / stock, ...(tiles.length > 0 && { best: ours / best }) } });
    log(`${shape.kernel} ${shape.name}: ours ${ours.toFixed(2)}${tiles.length > 0 ? `, best ${best.toFixed(2)}` : ''}, stock ${stock.toFixed(2)} GFLOP/s`);
  }
  const adapter = engine.verdict.adapter;
  release();
  const mean = (values: number[]) => Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
  return {
    adapter, clock: software ? 'processor' : 'wall', shapes: results,
    ratios: { stock: mean(results.map(({ ratios }) => ratios.stock)), ...(tiles.length > 0 && { best: mean(results.map(({ ratios }) => ratios.best!)) }) },
  };
}

process.stdout.write(JSON.stringify(await measure(process.argv.slice(2), (line) => process.stderr.write(`${line}\n`))));
