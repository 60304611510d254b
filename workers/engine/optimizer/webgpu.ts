import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { notFinite } from '../failures';
import type { AdamWOptions, Optimizer, Params } from '../types';
import { bufferOf, currentPass, forgetCopy, internals, readBuffer, submit, type WebGpuInternals } from '../webgpu/internals';
import { isSoftware } from '../webgpu/kernels/registry';
import { part, stepFactors, type Initial, type State } from './options';
import { MAX_PARTS, NORM_WGSL, squaresWgsl, THREADS, updateWgsl, type Served } from './wgsl';

/** Most workgroups of one tensor's update; larger tensors loop. */
const MAX_GROUPS = 4096;
/**
 * Quads a thread updates on a software adapter, where every thread pays for the choice among a dispatch's tensors. A card takes the choice once a workgroup and
 * wants many.
 */
const SOFTWARE_QUADS = 16;

interface Slot {
  key: string;
  size: number;
  param: tf.Tensor;
  /** Values before this tensor's in the arenas, where each starts at a multiple of four. */
  offset: number;
  /** Place among the gradients. */
  index: number;
}

const quadsOf = (size: number): number => Math.ceil(size / 4);
/** Where the first moment of a tensor's value lies after the tensor's first; the second lies four behind. */
const momentAt = (value: number): number => value + 4 * Math.floor(value / 4);

/** Slots one dispatch serves, as many as it may bind buffers for. */
interface Batch {
  slots: Slot[];
  pipeline: GPUComputePipeline;
  ranges: GPUBuffer;
  groups: number;
  /** Buffers bound before those of the slots. */
  shared: GPUBuffer[];
  /** The last bind groups by the buffer of the first gradient: tfjs recycles buffers, so the same few come back each step. */
  bound: WeakMap<GPUBuffer, { gradients: GPUBuffer[]; group: GPUBindGroup }>;
}

const STORAGE = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
const UNIFORM = () => GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;

/**
 * AdamW with clipping and EMA (as `HostOptimizer`) on the device, in place. Moments and averages of all tensors lie in one arena each, so that a dispatch
 * serves as many tensors as it can bind gradients and parameters of; bind groups are kept, and a step uploads its factors alone.
 */
export class WebGpuOptimizer implements Optimizer {
  readonly params: Params = {};
  private readonly gpu: WebGpuInternals;
  private readonly slots: Slot[] = [];
  private readonly factors: GPUBuffer;
  private readonly parts: GPUBuffer;
  private readonly scale: GPUBuffer;
  /** First and second moment of every four values in turn. */
  private readonly state: GPUBuffer;
  private readonly averages: GPUBuffer | null;
  private readonly squares: Batch[];
  private readonly updates: Batch[];
  private readonly normPipeline: GPUComputePipeline;
  private readonly normGroup: GPUBindGroup;
  /** The averages as tensors, made when somebody asks for them. */
  private readonly shown: Params = {};
  private shownAt = -1;
  private steps = 0;

  constructor(backend: WebGPUBackend, initial: Initial, private readonly options: AdamWOptions) {
    this.gpu = internals(backend);
    const { device } = this.gpu;
    let total = 0;
    Object.entries(initial).forEach(([key, { shape, values }], index) => {
      const param = tf.keep(tf.tensor(values.slice(), shape, 'float32'));
      bufferOf(this.gpu, param);
      this.slots.push({ key, size: values.length, param, offset: total, index });
      this.params[key] = param;
      total += 4 * quadsOf(values.length);
    });
    const software = isSoftware(backend);
    const groupsFor = (size: number, most: number, quads: number) => Math.max(1, Math.min(most, Math.ceil(size / (4 * THREADS * quads))));
    // Where threads write parts of their own there are as many a workgroup.
    const [each, quads] = software ? [THREADS, SOFTWARE_QUADS] : [1, 1];
    const squareGroups = this.slots.map(({ size }) => groupsFor(size, MAX_PARTS / each, quads));
    let parts = 0;
    const firstParts = squareGroups.map((groups) => (parts += groups * each) - groups * each);
    this.factors = device.createBuffer({ size: 32, usage: UNIFORM() });
    this.parts = device.createBuffer({ size: Math.max(4, 4 * parts), usage: STORAGE() });
    this.scale = device.createBuffer({ size: 4, usage: STORAGE() });
    this.state = device.createBuffer({ size: Math.max(32, 8 * total), usage: STORAGE() });
    this.averages = options.ema > 0 ? device.createBuffer({ size: Math.max(16, 4 * total), usage: STORAGE() }) : null;
    if (this.averages) for (const { key, offset } of this.slots) device.queue.writeBuffer(this.averages, 4 * offset, initial[key].values);

    const most = device.limits.maxStorageBuffersPerShaderStage;
    this.squares = options.clip > 0
      ? this.batches(most - 1, ({ index }) => [squareGroups[index], firstParts[index]], (served) => squaresWgsl(served, software), [this.parts])
      : [];
    this.normPipeline = this.pipeline(NORM_WGSL);
    this.normGroup = this.group(this.normPipeline, [this.factors, this.parts, this.scale]);
    const shared = [this.state, ...(options.clip > 0 ? [this.scale] : []), ...(this.averages ? [this.averages] : [])];
    this.updates = this.batches(
      Math.floor((most - shared.length) / 2), ({ size, offset }) => [groupsFor(size, MAX_GROUPS, quads), offset / 4],
      (served) => updateWgsl(served, options.ema > 0, options.clip > 0), shared, this.factors,
    );
  }

  /** Cuts the slots into batches of at most `most`, whole quads first; `rangeOf` gives a slot's workgroups and what else the shader's range says of it. */
  private batches(
    most: number, rangeOf: (slot: Slot) => [groups: number, offset: number], wgsl: (served: Served[]) => string, shared: GPUBuffer[], factors?: GPUBuffer,
  ): Batch[] {
    const { device, queue } = this.gpu;
    const quads = ({ size }: Slot): boolean => size % 4 === 0;
    const sorted = [...this.slots.filter(quads), ...this.slots.filter((slot) => !quads(slot))];
    const pipelines = new Map<string, GPUComputePipeline>();
    const batches: Batch[] = [];
    for (let from = 0; from < sorted.length; from += most) {
      const slots = sorted.slice(from, from + most);
      const served = slots.map((slot) => ({ quads: quads(slot) }));
      const code = wgsl(served);
      const pipeline = pipelines.get(code) ?? this.pipeline(code);
      pipelines.set(code, pipeline);
      const ranges = device.createBuffer({ size: 16 * slots.length, usage: UNIFORM() });
      let groups = 0;
      const rows = slots.flatMap((slot) => {
        const [own, offset] = rangeOf(slot);
        groups += own;
        return [groups - own, own, slot.size, offset];
      });
      queue.writeBuffer(ranges, 0, new Uint32Array(rows));
      batches.push({ slots, pipeline, ranges, groups, shared: factors ? [factors, ranges, ...shared] : [ranges, ...shared], bound: new WeakMap() });
    }
    return batches;
  }

  private pipeline(code: string): GPUComputePipeline {
    const { device } = this.gpu;
    return device.createComputePipeline({ layout: 'auto', compute: { module: device.createShaderModule({ code }) } });
  }

  private group(pipeline: GPUComputePipeline, buffers: GPUBuffer[]): GPUBindGroup {
    return this.gpu.device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0), entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
  }

  ema(): Params {
    const { averages, gpu, slots, shown } = this;
    if (!averages) return this.params;
    if (this.shownAt === this.steps) return shown;
    for (const { key, param } of slots) shown[key] ??= tf.keep(tf.tensor(new Float32Array(param.size), param.shape, 'float32'));
    const targets = slots.map(({ key }) => bufferOf(gpu, shown[key]));
    gpu.ensureCommandEncoderReady();
    gpu.endComputePassEncoder();
    slots.forEach(({ key, size, offset }, i) => {
      gpu.commandEncoder!.copyBufferToBuffer(averages, 4 * offset, targets[i], 0, 4 * size);
      forgetCopy(gpu, shown[key]);
    });
    gpu.submitQueue();
    this.shownAt = this.steps;
    return shown;
  }

  step(gradients: tf.Tensor[], learningRate: number): void {
    this.advance(learningRate);
    this.apply(gradients);
  }

  /**
   * First half of a step: counts it and puts its factors on the device. A recorded step is replayed after this alone.
   * @returns the step, from 1. @throws Error once disposed.
   */
  advance(learningRate: number): number {
    if (this.slots.length === 0) throw new Error('The optimiser was disposed.');
    this.steps += 1;
    this.writeFactors(learningRate);
    for (const { param } of this.slots) forgetCopy(this.gpu, param);
    return this.steps;
  }

  /** Second half: updates everything from gradients in the order of `params`, and disposes these. */
  apply(gradients: tf.Tensor[]): void {
    const { gpu } = this;
    const buffers = gradients.map((gradient) => bufferOf(gpu, gradient));
    const pass = currentPass(gpu);
    for (const batch of this.squares) this.dispatch(pass, batch, buffers, (gradient) => [gradient]);
    if (this.squares.length > 0) {
      pass.setPipeline(this.normPipeline);
      pass.setBindGroup(0, this.normGroup);
      pass.dispatchWorkgroups(1);
    }
    for (const batch of this.updates) this.dispatch(pass, batch, buffers, (gradient, { param }) => [gradient, bufferOf(gpu, param)]);
    tf.dispose(gradients);
    // The factors are written outside the command encoder, so this step must be submitted before the next one writes its own.
    submit(gpu);
  }

  private dispatch(
    pass: GPUComputePassEncoder, batch: Batch, buffers: GPUBuffer[], bind: (gradient: GPUBuffer, slot: Slot) => GPUBuffer[],
  ): void {
    const gradients = batch.slots.map(({ index }) => buffers[index]);
    let bound = batch.bound.get(gradients[0]);
    if (!bound?.gradients.every((gradient, i) => gradient === gradients[i])) {
      const own = batch.slots.flatMap((slot, i) => bind(gradients[i], slot));
      bound = { gradients, group: this.group(batch.pipeline, [...batch.shared, ...own]) };
      batch.bound.set(gradients[0], bound);
    }
    pass.setPipeline(batch.pipeline);
    pass.setBindGroup(0, bound.group);
    pass.dispatchWorkgroups(batch.groups);
  }

  private writeFactors(learningRate: number): void {
    const { beta1, beta2, epsilon, weightDecay, clip } = this.options;
    const { correction1, correction2, emaDecay } = stepFactors(this.options, this.steps);
    this.gpu.queue.writeBuffer(this.factors, 0, new Float32Array([
      learningRate / correction1, 1 - learningRate * weightDecay, beta1, beta2, epsilon, 1 / correction2, emaDecay, clip,
    ]));
  }

  async save(): Promise<State> {
    const { gpu, slots, averages } = this;
    const total = slots.reduce((sum, { size }) => sum + 4 * quadsOf(size), 0);
    const moments = await readBuffer(gpu, this.state, 8 * total);
    const means = averages && await readBuffer(gpu, averages, 4 * total);
    const arrays: State['arrays'] = {};
    for (const { key, size, param, offset } of slots) {
      const values = await readBuffer(gpu, bufferOf(gpu, param), 4 * size);
      // A gradient may be no number while its loss still is one. Such weights must not become a checkpoint: every resumption would end the same way.
      if (!values.every(Number.isFinite)) throw notFinite(this.steps);
      arrays[`p/${key}`] = values;
      arrays[`m/${key}`] = Float32Array.from({ length: size }, (_, i) => moments[2 * offset + momentAt(i)]);
      arrays[`v/${key}`] = Float32Array.from({ length: size }, (_, i) => moments[2 * offset + momentAt(i) + 4]);
      arrays[`e/${key}`] = means ? means.slice(offset, offset + size) : arrays[`p/${key}`].slice();
    }
    return { step: this.steps, arrays };
  }

  load(saved: State): void {
    const { gpu, averages } = this;
    submit(gpu);
    for (const { key, size, param, offset } of this.slots) {
      const [first, second] = [part(saved, `m/${key}`, size), part(saved, `v/${key}`, size)];
      const moments = new Float32Array(8 * quadsOf(size));
      first.forEach((value, i) => {
        moments[momentAt(i)] = value;
        moments[momentAt(i) + 4] = second[i];
      });
      gpu.queue.writeBuffer(bufferOf(gpu, param), 0, part(saved, `p/${key}`, size));
      gpu.queue.writeBuffer(this.state, 8 * offset, moments);
      if (averages) gpu.queue.writeBuffer(averages, 4 * offset, part(saved, `e/${key}`, size));
      forgetCopy(gpu, param);
    }
    this.steps = saved.step;
    this.shownAt = -1;
  }

  dispose(): void {
    submit(this.gpu);
    tf.dispose([this.params, this.shown]);
    this.slots.length = 0;
    for (const buffer of [this.factors, this.parts, this.scale, this.state, this.averages]) buffer?.destroy();
    for (const { ranges } of [...this.squares, ...this.updates]) ranges.destroy();
  }
}
