import { RandomStream } from '../../../random';
import type { Tile } from './tile';
import { programOf, type Tiled } from './tiled';

/** Numbers that operands are made of, again and again; a prime count, so that no row repeats another. */
const NUMBERS = 4099;
const MOST_REPEATS = 128;

/** Pairs of halves of either sign between 1/2 and 1. */
function halves(words: number, number: (at: number) => number): Uint32Array<ArrayBuffer> {
  const half = (at: number): number => 0x3800 | (number(at) < 0 ? 0x8000 : 0) | (Math.abs(1024 * number(at)) & 0x3ff);
  return Uint32Array.from({ length: words }, (_, at) => half(2 * at) + half(2 * at + 1) * 65536);
}

/**
 * One product on buffers of its own, beside tfjs and whatever is recorded: computes it under any tile for comparison, and times it. Must not be used while
 * a step is being recorded, and every call waits for the device, so that nothing of it lies between the commands of others.
 */
export class Trial {
  private readonly buffers: GPUBuffer[] = [];
  private readonly pipelines = new Map<Tile, { pipeline: GPUComputePipeline; group: GPUBindGroup; grid: readonly [number, number, number] }>();

  /** @param clock milliseconds that count: those of the wall, or of the processor where other programs share it. */
  constructor(private readonly device: GPUDevice, readonly kernel: Tiled, private readonly clock: () => number = () => performance.now()) {
    const numbers = new RandomStream(1, 'engine/trial').normals(new Float32Array(NUMBERS));
    try {
      kernel.sizes.forEach((size, i) => this.fill(size, i, numbers));
    } catch (error) {
      // Over the engine's cap of memory.
      this.dispose();
      throw error;
    }
  }

  private fill(size: number, i: number, numbers: ArrayLike<number>): void {
    const { device, kernel } = this;
    const last = i === kernel.sizes.length - 1;
    const buffer = device.createBuffer({
      size: 4 * size, usage: GPUBufferUsage.STORAGE | (last ? GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST : GPUBufferUsage.COPY_DST),
    });
    this.buffers.push(buffer);
    if (last) return;
    // A bias, where there is one, is always read in single precision.
    const encoding = [kernel.format.a, kernel.format.b][i] ?? 'f32';
    const number = (at: number) => numbers[(at + 17 * i) % NUMBERS];
    device.queue.writeBuffer(buffer, 0, encoding === 'f32' ? Float32Array.from({ length: size }, (_, at) => number(at)) : halves(size, number));
  }

  private get result(): GPUBuffer {
    return this.buffers[this.buffers.length - 1];
  }

  /** Compiles the product under a tile. @throws when the device refuses it; other errors of the device are not affected. */
  async prepare(tile: Tile): Promise<void> {
    if (this.pipelines.has(tile)) return;
    const { device } = this;
    const { key, wgsl, grid } = programOf(this.kernel, tile);
    device.pushErrorScope('validation');
    const made = device.createComputePipelineAsync({
      label: key, layout: 'auto', compute: { module: device.createShaderModule({ label: key, code: wgsl() }) },
    });
    const [refused, pipeline] = await Promise.all([device.popErrorScope(), made.catch(() => null)]);
    if (refused || !pipeline) throw new Error(`${key} does not compile${refused ? `: ${refused.message}` : ''}.`);
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0), entries: this.buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    this.pipelines.set(tile, { pipeline, group, grid });
  }

  private encode(encoder: GPUCommandEncoder, tile: Tile, repeats: number): void {
    const { pipeline, group, grid } = this.pipelines.get(tile)!;
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let repeat = 0; repeat < repeats; repeat++) pass.dispatchWorkgroups(...grid);
    pass.end();
  }

  /** The bits of the result under a prepared tile, from memory that was NaN before. */
  async bits(tile: Tile): Promise<Uint32Array> {
    const { device, result } = this;
    device.queue.writeBuffer(result, 0, new Float32Array(result.size / 4).fill(NaN));
    const staging = device.createBuffer({ size: result.size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    const encoder = device.createCommandEncoder();
    this.encode(encoder, tile, 1);
    encoder.copyBufferToBuffer(result, 0, staging, 0, result.size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const bits = new Uint32Array(staging.getMappedRange().slice(0));
    staging.destroy();
    return bits;
  }

  private async spent(tile: Tile, repeats: number): Promise<number> {
    const { device } = this;
    await device.queue.onSubmittedWorkDone();
    const start = this.clock();
    const encoder = device.createCommandEncoder();
    this.encode(encoder, tile, repeats);
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return (this.clock() - start) / repeats;
  }

  /** How often the product must be repeated under a prepared tile to keep the device busy for about `milliseconds`. */
  async repeats(tile: Tile, milliseconds: number): Promise<number> {
    let repeats = 1;
    while (repeats < MOST_REPEATS && (await this.spent(tile, repeats)) * repeats < milliseconds / 2) repeats *= 4;
    return Math.min(repeats, MOST_REPEATS);
  }

  /**
   * Milliseconds of one product under a prepared tile: the fastest of `runs` runs of `repeats` each, which ends early once it is clear that the tile does
   * not come near `best`.
   */
  async time(tile: Tile, runs: number, repeats: number, best = Infinity): Promise<number> {
    let fastest = Infinity;
    for (let run = 0; run < runs; run++) {
      fastest = Math.min(fastest, await this.spent(tile, repeats));
      if (fastest > 1.5 * best) break;
    }
    return fastest;
  }

  dispose(): void {
    for (const buffer of this.buffers) buffer.destroy();
  }
}
