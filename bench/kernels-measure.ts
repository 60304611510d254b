import * as tf from '@tensorflow/tfjs-core';
import { parseArgs } from 'node:util';
import { openNodeWebGpu } from '../workers/engine/node-gpu.testing';
import type { RecordingBackend } from '../workers/engine/webgpu/backend';
import { attach, detach } from '../workers/engine/webgpu/kernels/registry';
import { tileKey, type Tile } from '../workers/engine/webgpu/kernels/tile';
import { everyTile, likelyTiles, type Tiled } from '../workers/engine/webgpu/kernels/tiled';
import { Trial } from '../workers/engine/webgpu/kernels/trial';
import { MemoryTuningStore, same, Tuner } from '../workers/engine/webgpu/kernels/tune';
import { RandomStream } from '../workers/random';
import { traceNets, type Traced } from './kernels-trace';

/** Milliseconds a timed run is to take: far above what the clocks can tell apart. */
const RUN_MS = 20;

interface Measured {
  kernel: string;
  shape: string;
  uses: Record<string, number>;
  mflop: number;
  chosen: { tile: string; gflops: number };
  best: { tile: string; gflops: number };
  /** Speed of the chosen tile over that of the best. */
  ratio: number;
  tiles: Record<string, number>;
  /** Tiles that gave other bits than the chosen one, or did not compile. */
  refused: string[];
  stock?: number;
  /** Of filter gradients, with the second pass: GFLOP/s by the number of parts, which decides on the order of sums and so is never tuned. */
  splits?: Record<string, number>;
}

async function search(
  { kernel }: Traced, chosen: Tile, device: GPUDevice, tiles: Tile[], runs: number, clock: () => number,
): Promise<Pick<Measured, 'chosen' | 'best' | 'ratio' | 'tiles' | 'refused'>> {
  const trial = new Trial(device, kernel, clock);
  const { usual } = kernel;
  const rate = (ms: number) => kernel.flops / ms / 1e6;
  const refused: string[] = [];
  const times = new Map<Tile, number>();
  try {
    await trial.prepare(usual);
    const expected = await trial.bits(usual);
    const repeats = await trial.repeats(usual, RUN_MS);
    let best = { tile: usual, ms: await trial.time(usual, runs, repeats) };
    times.set(usual, best.ms);
    for (const tile of [chosen, ...tiles]) {
      if (times.has(tile)) continue;
      const right = await trial.prepare(tile).then(async () => same(await trial.bits(tile), expected), () => false);
      if (!right) {
        refused.push(tileKey(tile));
        continue;
      }
      const ms = await trial.time(tile, runs, repeats, best.ms);
      times.set(tile, ms);
      if (ms < best.ms) best = { tile, ms };
    }
    // Both again in turn: the fastest of many is partly luck.
    let [own, fastest] = [Infinity, Infinity];
    for (let run = 0; run < runs; run++) {
      own = Math.min(own, await trial.time(chosen, 1, repeats));
      fastest = best.tile === chosen ? own : Math.min(fastest, await trial.time(best.tile, 1, repeats));
    }
    if (own <= fastest) [best, fastest] = [{ tile: chosen, ms: own }, own];
    return {
      chosen: { tile: tileKey(chosen), gflops: rate(own) }, best: { tile: tileKey(best.tile), gflops: rate(fastest) }, ratio: fastest / own,
      tiles: Object.fromEntries([...times].map(([tile, ms]) => [tileKey(tile), rate(ms)])), refused,
    };
  } finally {
    trial.dispose();
  }
}

/** The tile the engine would serve the product by once it was tuned. */
async function tunedTile({ kernel }: Traced, device: GPUDevice): Promise<Tile> {
  const tuner = new Tuner(device, { adapter: '', store: new MemoryTuningStore(), remembered: {}, budget: Infinity });
  tuner.choose(kernel);
  await tuner.settled();
  return tuner.choose(kernel);
}

/** Milliseconds of a registered kernel as tfjs calls it, the fastest of `runs` after one that warms it up. */
async function timeKernel({ name, shapes, attrs }: Traced, runs: number, clock: () => number): Promise<number> {
  const stream = new RandomStream(1, 'bench/kernels');
  const tensors = Object.fromEntries(Object.entries(shapes).map(([key, shape]) =>
    [key, tf.tensor(stream.normals(new Float32Array(shape.reduce((a, b) => a * b, 1))), shape)]));
  let fastest = Infinity;
  for (let run = 0; run <= runs; run++) {
    const start = clock();
    const out = tf.engine().runKernel(name, tensors, attrs) as tf.Tensor;
    const first = tf.slice(tf.reshape(out, [-1]), [0], [1]);
    await first.data();
    tf.dispose([out, first]);
    if (run > 0) fastest = Math.min(fastest, clock() - start);
  }
  tf.dispose(Object.values(tensors));
  return fastest;
}

const TILES: Record<string, (kernel: Tiled) => Tile[]> = { all: everyTile, likely: (kernel) => likelyTiles(kernel).slice(1), none: () => [] };
const PARTS = [1, 4, 16, 64, 256];

/**
 * Options: `--nets unet,dit,convnet`, `--only TEXT` keeps the shapes whose key contains it, `--runs N` (3), `--tiles all|likely|none`, `--stock` times
 * tfjs' kernels as well, `--splits` the parts of filter gradients, `--storage f16` takes operands in halves, `--tuned` the tiles that tuning picks.
 */
async function measure(argv: string[], log: (line: string) => void): Promise<Record<string, unknown>> {
  const { values } = parseArgs({
    args: argv,
    options: {
      nets: { type: 'string', default: 'unet,dit,convnet' }, only: { type: 'string', default: '' }, runs: { type: 'string', default: '3' },
      tiles: { type: 'string', default: 'all' }, stock: { type: 'boolean', default: false }, splits: { type: 'boolean', default: false },
      storage: { type: 'string', default: 'f32' }, tuned: { type: 'boolean', default: false },
    },
  });
  const runs = Number(values.runs);
  if (!(values.tiles in TILES)) throw new Error(`--tiles is one of ${Object.keys(TILES).join(', ')}.`);
  const { engine, release } = await openNodeWebGpu();
  const software = /swiftshader|llvmpipe/i.test(engine.verdict.adapter);
  // Of a software adapter only processor time means something, since other programs share the processor.
  const clock = software ? () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; } : () => performance.now();
  const { device } = tf.backend() as unknown as RecordingBackend;
  const tracer = attach(tf.backend(), software);
  tracer.storage = values.storage as 'f32' | 'f16';
  const traced = traceNets(tracer, values.nets.split(',')).filter(({ kernel }) => kernel.key.includes(values.only));
  const results: Measured[] = [];
  for (const product of traced) {
    const { kernel } = product;
    const tiles = TILES[values.tiles](kernel);
    const found = await search(product, values.tuned ? await tunedTile(product, device) : kernel.usual, device, tiles, runs, clock);
    const gpu = attach(tf.backend(), software);
    const rate = (ms: number) => kernel.flops / ms / 1e6;
    const splits: Record<string, number> = {};
    if (values.splits && product.name === 'Conv2DBackpropFilter') {
      for (const parts of PARTS) {
        gpu.parts = parts;
        splits[parts] = rate(await timeKernel(product, runs, clock));
      }
      gpu.parts = null;
    }
    let stock: number | undefined;
    if (values.stock) {
      detach(tf.backend());
      stock = rate(await timeKernel(product, runs, clock));
    }
    results.push({
      kernel: product.name, shape: kernel.key, uses: product.uses, mflop: kernel.flops / 1e6, ...found,
      ...(stock !== undefined && { stock }), ...(Object.keys(splits).length > 0 && { splits }),
    });
    log(`${results.length}/${traced.length} ${kernel.key}: ${found.chosen.tile} ${found.chosen.gflops.toFixed(2)}, best ${found.best.tile} ${found.best.gflops.toFixed(2)} GFLOP/s, ratio ${found.ratio.toFixed(2)}${stock === undefined ? '' : `, stock ${stock.toFixed(2)}`}${found.refused.length > 0 ? `, ${found.refused.length} refused` : ''}`);
  }
  const adapter = engine.verdict.adapter;
  release();
  const mean = (all: number[]) => Math.exp(all.reduce((sum, value) => sum + Math.log(value), 0) / all.length);
  const ratios = results.map(({ ratio }) => ratio);
  return {
    adapter, clock: software ? 'processor' : 'wall', runs, tiles: values.tiles, storage: values.storage, tuned: values.tuned, shapes: results,
    ratios: {
      mean: mean(ratios), least: Math.min(...ratios), below70: results.filter(({ ratio }) => ratio < 0.7).map(({ shape }) => shape),
      ...(values.stock && { stock: mean(results.map(({ chosen, stock }) => chosen.gflops / stock!)) }),
    },
  };
}

process.stdout.write(JSON.stringify(await measure(process.argv.slice(2), (line) => process.stderr.write(`${line}\n`))));
