import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type * as tf from '@tensorflow/tfjs-core';
import type { WebGpuInternals } from './internals';
import { Pace } from './pace';
import { Arena } from './replay/arena';
import { Meter } from './replay/meter';
import { Recorder } from './replay/recorder';
import { Recording } from './replay/recording';
import { packUniforms, UniformStore, type UniformEntry } from './replay/uniforms';

/** Contents the eager path keeps before it starts over, 256 bytes each. */
const MOST_UNIFORMS = 4096;

/** tfjs' backend with the members it declares private, which a subclass may not override otherwise. */
type Opened = tf.KernelBackend & WebGpuInternals & {
  bufferManager: Arena;
  makeUniforms(entries: UniformEntry[]): GPUBufferBinding;
  shouldExecuteOnCPU(): boolean;
};
const Stock = WebGPUBackend as unknown as new (device: GPUDevice, info: GPUAdapterInfo) => Opened;

/**
 * tfjs' WebGPU backend on buffers of ours, whose commands can be recorded. Beyond that it differs from the original in four ways: uploads go through the
 * queue and so do not end a pass; uniforms are written once for each content; tiny tensors are never computed on the CPU, which
 * costs an upload for each result and rounds otherwise than the device; heavy kernels end up in submits of their own, so that none takes too long.
 */
export class RecordingBackend extends Stock {
  readonly meter: Meter;
  readonly pace: Pace;
  /** Whether it was closed by us; the loss of the device is then no fault. */
  closed = false;
  readonly recordings = new Set<Recording>();
  private recorder: Recorder | null = null;
  private uniforms: UniformStore;

  constructor(device: GPUDevice, info: GPUAdapterInfo) {
    // Before the original constructor, which hands the device on.
    const meter = new Meter(device);
    super(device, info);
    this.meter = meter;
    this.pace = new Pace(() => device.queue.onSubmittedWorkDone());
    this.uniforms = new UniformStore(device);
    this.bufferManager = new Arena(device, (buffer) => {
      this.recorder?.released(buffer);
      for (const recording of this.recordings) recording.released(buffer);
    });
  }

  override shouldExecuteOnCPU(): boolean {
    return false;
  }

  override write(...[values, shape, dtype]: Parameters<Opened['write']>): tf.DataId {
    const dataId = super.write(values, shape, dtype);
    this.recorder?.made.add(dataId);
    return dataId;
  }

  override uploadToGPU(dataId: tf.DataId): void {
    const entry = this.tensorMap.get(dataId);
    if (entry.resource) return;
    if (!entry.values) {
      super.uploadToGPU(dataId);
      return;
    }
    const values = entry.dtype === 'float32' ? Float32Array.from(entry.values) : Int32Array.from(entry.values);
    entry.resource = this.bufferManager.acquireForUpload(
      values.byteLength, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST, this.recorder?.made.has(dataId) ?? false,
    );
    // The queue writes before anything that is encoded but not submitted; nothing of that uses this buffer, since one
    // comes back to the arena only after the submit, and while recording it is new.
    this.queue.writeBuffer(entry.resource, 0, values);
    entry.values = null;
  }

  override makeUniforms(entries: UniformEntry[]): GPUBufferBinding {
    return (this.recorder?.uniforms ?? this.uniforms).place(packUniforms(entries));
  }

  /** Announces a kernel of so many floating-point operations. */
  expect(flops: number): void {
    this.recorder?.expect(flops);
    if (this.pace.full(flops)) this.flush();
    this.pace.add(flops);
  }

  override submitQueue(): void {
    super.submitQueue();
    this.pace.submit();
    if (this.uniforms.size > MOST_UNIFORMS) {
      this.uniforms.dispose();
      this.uniforms = new UniformStore(this.device);
    }
  }

  override disposeData(dataId: tf.DataId, force?: boolean): boolean {
    // While recording nothing is written past the encoder into a used buffer, so that it may serve again at once: less memory than waiting
    // for the submit, and all of it stays reserved.
    if (this.recorder) this.commandQueueOwnedIds.delete(dataId);
    return super.disposeData(dataId, force);
  }

  override async read(dataId: tf.DataId): ReturnType<Opened['read']> {
    this.recorder?.refused('reads a tensor back');
    return super.read(dataId);
  }

  override readSync(dataId: tf.DataId): ReturnType<Opened['readSync']> {
    this.recorder?.refused('reads a tensor back');
    return super.readSync(dataId);
  }

  /** Submits whatever is encoded. */
  flush(): void {
    this.endComputePassEncoder();
    if (this.commandEncoder) this.submitQueue();
  }

  /** From here to `stopRecording` every command is kept, and buffers come from a pool of the recording. */
  startRecording(): Recorder {
    if (this.recorder) throw new Error('A step cannot be recorded inside another.');
    this.flush();
    this.recorder = new Recorder(this.meter, this.bufferManager.enter(), new UniformStore(this.device));
    this.meter.listener = this.recorder;
    return this.recorder;
  }

  /** Ends a recording; it can be replayed when its recorder notes no failure, and must be disposed either way. */
  stopRecording(): Recording {
    const { recorder } = this;
    if (!recorder) throw new Error('No step is being recorded.');
    this.flush();
    this.recorder = null;
    this.meter.listener = null;
    this.bufferManager.leave();
    const recording = new Recording(recorder.commands, recorder.work, recorder.outside, recorder.pool, recorder.uniforms);
    recording.broken = recorder.failure;
    this.recordings.add(recording);
    return recording;
  }

  /** Frees a recording's buffers. */
  discard(recording: Recording): void {
    this.recordings.delete(recording);
    recording.dispose();
  }

  override dispose(): void {
    this.closed = true;
    for (const recording of this.recordings) recording.dispose();
    this.recordings.clear();
    this.uniforms.dispose();
    super.dispose();
  }
}
