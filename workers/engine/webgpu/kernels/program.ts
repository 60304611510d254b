import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { bufferOf, currentPass, internals, submit, type WebGpuInternals } from '../internals';
import { Halves, SINGLE, type Format } from './half';
import type { Program } from './text';
import { programOf, type Chooser, type Tiled } from './tiled';

export { declare, lineGrid, MAX_GROUPS, range, type Program, type Storage } from './text';

interface UniformBackend {
  makeUniforms(entries: { type: string; data: number[] }[]): GPUBufferBinding;
}

/** The device as kernels see it: outputs, pipelines by key, and dispatches in the order of tfjs' own. */
export class Gpu {
  /** Decides on tiles; without one, each product takes its usual tile. */
  chooser: Chooser | null = null;
  /** Overrides how many parts filter gradients are split into, for measurements: another number gives other bits. */
  parts: number | null = null;
  /** Whether training steps keep the operands of their products in halves, and whether the device reads those itself. */
  storage: 'f32' | 'f16' = 'f32';
  nativeHalves = false;
  private halves: Halves | null = null;
  private readonly pipelines = new Map<string, GPUComputePipeline>();
  private readonly own: WebGpuInternals;
  private readonly backend: WebGPUBackend;

  /** @param software whether the adapter is rendered by the processor: barriers are slow and shared memory gains nothing there. */
  constructor(backend: tf.KernelBackend, readonly software: boolean) {
    this.backend = backend as WebGPUBackend;
    this.own = internals(this.backend);
  }

  /** An uninitialised float32 tensor; every element must be written. */
  output(shape: readonly number[]): tf.TensorInfo {
    return this.backend.makeTensorInfo(shape.slice(), 'float32');
  }

  /** Gives back a tensor from `output` that was only needed between two dispatches. */
  free(tensor: tf.TensorInfo): void {
    this.backend.disposeData(tensor.dataId);
  }

  /** Runs one training step's loss and its gradients; operands in halves live that long. */
  step<T>(work: () => T): T {
    if (this.storage === 'f32' || this.halves) return work();
    this.halves = new Halves(this);
    try {
      return work();
    } finally {
      this.halves.dispose();
      this.halves = null;
    }
  }

  /** Both operands of a product as it should read them. `vectors` and `flops` as in `Tiled`. */
  operands(a: tf.TensorInfo, b: tf.TensorInfo, vectors: boolean, flops: number): { tensors: [tf.TensorInfo, tf.TensorInfo]; format: Format } {
    return this.halves?.operands(a, b, vectors, flops) ?? { tensors: [a, b], format: SINGLE };
  }

  /** Records a product on its operands and its result, cut up as the chooser says. */
  runTiled(kernel: Tiled, tensors: readonly tf.TensorInfo[]): void {
    this.run(programOf(kernel, this.chooser?.choose(kernel) ?? kernel.usual), tensors);
  }

  private pipeline({ key, wgsl }: Program): GPUComputePipeline {
    let pipeline = this.pipelines.get(key);
    if (!pipeline) {
      const { device } = this.own;
      pipeline = device.createComputePipeline({
        label: key, layout: 'auto', compute: { module: device.createShaderModule({ label: key, code: wgsl() }) },
      });
      this.pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  /**
   * Records one dispatch with `tensors` at bindings 0, 1, ... and, where given, a uniform of up to four numbers behind them. Submitted with
   * those of tfjs.
   */
  run(program: Program, tensors: readonly tf.TensorInfo[], uniform?: number[]): void {
    const { own } = this;
    const pipeline = this.pipeline(program);
    const bindings: GPUBufferBinding[] = tensors.map((tensor) => ({ buffer: bufferOf(own, tensor) }));
    if (uniform) bindings.push((this.backend as unknown as UniformBackend).makeUniforms([{ type: 'float32', data: uniform }]));
    const group = own.device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0), entries: bindings.map((resource, binding) => ({ binding, resource })),
    });
    const pass = currentPass(own);
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...program.grid);
    if (++own.dispatchCountInPass >= tf.env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) submit(own);
  }
}
