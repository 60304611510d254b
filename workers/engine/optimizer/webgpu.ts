import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import type { AdamWOptions, Optimizer, Params } from '../types';
import { bufferOf, currentPass, forgetCopy, internals, readBuffer, submit, type WebGpuInternals } from '../webgpu/internals';
import { part, stepFactors, type Initial, type State } from './options';
import { MAX_PARTS, NORM_WGSL, SQUARES_WGSL, THREADS, updateWgsl } from './wgsl';

/** Most workgroups of one update dispatch; larger tensors loop. */
const MAX_GROUPS = 4096;

interface Slot {
  key: string;
  size: number;
  param: tf.Tensor;
  ema: tf.Tensor | null;
  /** First then second moment. */
  state: GPUBuffer;
  range: GPUBuffer;
  parts: number;
  /** Bind groups by gradient buffer: tfjs recycles buffers, so the same few come back each step. */
  squares: WeakMap<GPUBuffer, GPUBindGroup>;
  update: WeakMap<GPUBuffer, GPUBindGroup>;
}

/**
 * AdamW with clipping and EMA (as `HostOptimizer`) on the device, in place: per tensor one dispatch for the norm and one for the
 * update, with bind groups kept, and one uniform write a step.
 */
export class WebGpuOptimizer implements Optimizer {
  readonly params: Params = {};
  private readonly gpu: WebGpuInternals;
  private readonly slots: Slot[] = [];
  private readonly factors: GPUBuffer;
  private readonly parts: GPUBuffer;
  private readonly scale: GPUBuffer;
  private readonly squaresPipeline: GPUComputePipeline;
  private readonly normPipeline: GPUComputePipeline;
  private readonly normGroup: GPUBindGroup;
  private readonly updatePipeline: GPUComputePipeline;
  private steps = 0;

  constructor(backend: WebGPUBackend, initial: Initial, private readonly options: AdamWOptions) {
    this.gpu = internals(backend);
    let offset = 0;
    for (const [key, { shape, values }] of Object.entries(initial)) {
      this.slots.push(this.slot(key, shape, values, offset));
      offset += this.slots[this.slots.length - 1].parts;
      this.params[key] = this.slots[this.slots.length - 1].param;
    }
    const { device } = this.gpu;
    const storage = GPUBufferUsage.STORAGE;
    this.factors = device.createBuffer({ size: 32, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    this.parts = device.createBuffer({ size: Math.max(4, 4 * offset), usage: storage });
    this.scale = device.createBuffer({ size: 4, usage: storage });
    this.squaresPipeline = this.pipeline(SQUARES_WGSL);
    this.normPipeline = this.pipeline(NORM_WGSL);
    this.normGroup = this.group(this.normPipeline, { 0: this.factors, 1: this.parts, 2: this.scale });
    this.updatePipeline = this.pipeline(updateWgsl(options.ema > 0, options.clip > 0));
  }

  private slot(key: string, shape: number[], values: Float32Array<ArrayBuffer>, offset: number): Slot {
    const { device } = this.gpu;
    const resident = (): tf.Tensor => {
      const tensor = tf.keep(tf.tensor(values.slice(), shape, 'float32'));
      bufferOf(this.gpu, tensor);
      return tensor;
    };
    const range = device.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    device.queue.writeBuffer(range, 0, new Uint32Array([offset, 0, 0, 0]));
    return {
      key, size: values.length, param: resident(), ema: this.options.ema > 0 ? resident() : null, range,
      state: device.createBuffer({
        size: 8 * values.length, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      }),
      parts: Math.min(MAX_PARTS, Math.ceil(values.length / THREADS)),
      squares: new WeakMap(), update: new WeakMap(),
    };
  }

  private pipeline(code: string): GPUComputePipeline {
    const { device } = this.gpu;
    return device.createComputePipeline({ layout: 'auto', compute: { module: device.createShaderModule({ code }) } });
  }

  private group(pipeline: GPUComputePipeline, buffers: Record<number, GPUBuffer>): GPUBindGroup {
    return this.gpu.device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: Object.entries(buffers).map(([binding, buffer]) => ({ binding: Number(binding), resource: { buffer } })),
    });
  }

  ema(): Params {
    return Object.fromEntries(this.slots.map(({ key, param, ema }) => [key, ema ?? param]));
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
    for (const { param, ema } of this.slots) {
      forgetCopy(this.gpu, param);
      if (ema) forgetCopy(this.gpu, ema);
    }
    return this.steps;
  }

  /** Second half: updates everything from gradients in the order of `params`, and disposes these. */
  apply(gradients: tf.Tensor[]): void {
    const { gpu, options, slots } = this;
    const buffers = gradients.map((gradient) => bufferOf(gpu, gradient));
    const pass = currentPass(gpu);
    if (options.clip > 0) {
      pass.setPipeline(this.squaresPipeline);
      slots.forEach((slot, index) => {
        pass.setBindGroup(0, this.squaresGroup(slot, buffers[index]));
        pass.dispatchWorkgroups(slot.parts);
      });
      pass.setPipeline(this.normPipeline);
      pass.setBindGroup(0, this.normGroup);
      pass.dispatchWorkgroups(1);
    }
    pass.setPipeline(this.updatePipeline);
    slots.forEach((slot, index) => {
      pass.setBindGroup(0, this.updateGroup(slot, buffers[index]));
      pass.dispatchWorkgroups(Math.min(MAX_GROUPS, Math.ceil(slot.size / THREADS)));
    });
    tf.dispose(gradients);
    // The factors are written outside the command encoder, so this step must be submitted before the next one writes its own.
    submit(gpu);
  }

  private writeFactors(learningRate: number): void {
    const { beta1, beta2, epsilon, weightDecay, clip } = this.options;
    const { correction1, correction2, emaDecay } = stepFactors(this.options, this.steps);
    this.gpu.queue.writeBuffer(this.factors, 0, new Float32Array([
      learningRate / correction1, 1 - learningRate * weightDecay, beta1, beta2, epsilon, 1 / correction2, emaDecay, clip,
    ]));
  }

  private squaresGroup(slot: Slot, gradient: GPUBuffer): GPUBindGroup {
    let group = slot.squares.get(gradient);
    if (!group) {
      group = this.group(this.squaresPipeline, { 0: slot.range, 1: gradient, 2: this.parts });
      slot.squares.set(gradient, group);
    }
    return group;
  }

  private updateGroup(slot: Slot, gradient: GPUBuffer): GPUBindGroup {
    let group = slot.update.get(gradient);
    if (!group) {
      const buffers: Record<number, GPUBuffer> = {
        0: this.factors, 1: gradient, 2: bufferOf(this.gpu, slot.param), 3: slot.state,
      };
      if (this.options.clip > 0) buffers[4] = this.scale;
      if (slot.ema) buffers[5] = bufferOf(this.gpu, slot.ema);
      group = this.group(this.updatePipeline, buffers);
      slot.update.set(gradient, group);
    }
    return group;
  }

  async save(): Promise<State> {
    const { gpu } = this;
    const arrays: State['arrays'] = {};
    for (const { key, size, param, ema, state } of this.slots) {
      const moments = await readBuffer(gpu, state, 8 * size);
      arrays[`p/${key}`] = await readBuffer(gpu, bufferOf(gpu, param), 4 * size);
      arrays[`m/${key}`] = moments.slice(0, size);
      arrays[`v/${key}`] = moments.slice(size);
      arrays[`e/${key}`] = ema ? await readBuffer(gpu, bufferOf(gpu, ema), 4 * size) : arrays[`p/${key}`].slice();
    }
    return { step: this.steps, arrays };
  }

  load(saved: State): void {
    const { gpu } = this;
    submit(gpu);
    for (const { key, size, param, ema, state } of this.slots) {
      gpu.queue.writeBuffer(bufferOf(gpu, param), 0, part(saved, `p/${key}`, size));
      gpu.queue.writeBuffer(state, 0, part(saved, `m/${key}`, size));
      gpu.queue.writeBuffer(state, 4 * size, part(saved, `v/${key}`, size));
      forgetCopy(gpu, param);
      if (ema) {
        gpu.queue.writeBuffer(bufferOf(gpu, ema), 0, part(saved, `e/${key}`, size));
        forgetCopy(gpu, ema);
      }
    }
    this.steps = saved.step;
  }

  dispose(): void {
    submit(this.gpu);
    for (const { param, ema, state, range } of this.slots) {
      tf.dispose(ema ? [param, ema] : [param]);
      state.destroy();
      range.destroy();
    }
    this.slots.length = 0;
    for (const buffer of [this.factors, this.parts, this.scale]) buffer.destroy();
  }
}
