import * as tf from '@tensorflow/tfjs-core';
import { differentiate, handled } from '../../differentiate';
import { checkInputs, initialState, lossOf } from '../../eager-step';
import { notFinite } from '../../failures';
import type { WebGpuOptimizer } from '../../optimizer/webgpu';
import type { CompiledStep, StepDefinition, StepResult } from '../../types';
import type { Ledger } from '../../ledger';
import type { RecordingBackend } from '../backend';
import { bufferOf, forgetCopy } from '../internals';
import { SUBMIT_BUDGET } from '../pace';
import { LossReader } from './losses';
import type { Signature } from './recorder';
import type { Recording } from './recording';

/** Runs that are recorded in the hope that two in a row are the same. The first compile kernels and fill their caches. */
const ATTEMPTS = 4;

/**
 * A training step on WebGPU. Each of its first runs goes under the tape and is recorded; when two recordings in a row have the same commands and
 * constants, the second is kept and every later run writes the inputs and the optimiser's factors and encodes it again. A step that
 * cannot be repeated like that runs eagerly for good, with the reason in the log.
 */
export class CapturedStep<I extends string, S extends string> implements CompiledStep<I, S> {
  readonly state: Record<S, tf.Tensor>;
  private readonly inputs: Record<I, tf.Tensor>;
  private readonly buffers: GPUBuffer[] = [];
  private readonly losses: LossReader;
  private recording: Recording | null = null;
  private loss: tf.Tensor | null = null;
  private last: Signature | null = null;
  private attempts = 0;
  private parts = 1;

  constructor(
    private readonly backend: RecordingBackend, private readonly optimizer: WebGpuOptimizer,
    private readonly definition: StepDefinition<I, S>, private readonly ledger: Ledger,
  ) {
    const tensors = Object.entries<readonly number[]>(definition.inputs).map(([name, shape]) => [name, this.input(shape as number[])]);
    this.inputs = Object.fromEntries(tensors) as Record<I, tf.Tensor>;
    this.state = initialState(definition);
    for (const tensor of Object.values<tf.Tensor>(this.state)) bufferOf(backend, tensor);
    this.losses = new LossReader(backend.device);
  }

  private input(shape: number[]): tf.Tensor {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const buffer = this.backend.device.createBuffer({ size: 4 * shape.reduce((product, side) => product * side, 1), usage });
    this.buffers.push(buffer);
    return tf.keep(this.backend.createTensorFromGPUData({ buffer, zeroCopy: true }, shape, 'float32'));
  }

  run(inputs: Record<I, Float32Array>, learningRate: number): StepResult {
    checkInputs(this.definition.inputs, inputs);
    return this.ledger.step(() => this.start(inputs, learningRate));
  }

  private start(inputs: Record<I, Float32Array>, learningRate: number): StepResult {
    const { backend } = this;
    // The queue writes before what is only encoded, which may still read the inputs of the run before.
    backend.flush();
    for (const [name, tensor] of Object.entries<tf.Tensor>(this.inputs)) {
      forgetCopy(backend, tensor);
      backend.queue.writeBuffer(bufferOf(backend, tensor), 0, inputs[name as I] as Float32Array<ArrayBuffer>);
    }
    const step = this.optimizer.advance(learningRate);
    for (const tensor of Object.values<tf.Tensor>(this.state)) forgetCopy(backend, tensor);
    if (this.recording?.broken) this.giveUp(this.recording.broken);
    return { loss: handled(this.checked(this.recording ? this.replay(this.recording) : this.eager(), step, learningRate)) };
  }

  private async checked(loss: Promise<number>, step: number, learningRate: number): Promise<number> {
    const value = await loss;
    if (!Number.isFinite(value)) throw notFinite(step, learningRate);
    return value;
  }

  private replay(recording: Recording): Promise<number> {
    const { backend, losses } = this;
    const alone = losses.pending === 0;
    const start = performance.now();
    let received: () => Promise<number>;
    // A definition with a budget of its own is measured against that alone.
    const paced = this.definition.submitBudget === undefined ? Math.ceil(recording.flops / backend.pace.limit) : 1;
    const parts = Math.max(this.parts, paced);
    const commands = recording.encode(backend.meter, parts, (encoder) => {
      received = losses.copy(encoder, bufferOf(backend, this.loss!));
      backend.meter.traffic.copies++;
    });
    for (const part of commands) backend.queue.submit([part]);
    this.ledger.flops += recording.flops;
    backend.pace.add(recording.flops);
    backend.pace.submit();
    this.ledger.steps.replayed++;
    const loss = received!();
    return alone ? loss.then((value) => this.timed(value, performance.now() - start, parts)) : loss;
  }

  /** Cuts the step finer when a submit took too long; a step that was not alone on the device says nothing about itself. */
  private timed<T>(value: T, milliseconds: number, parts: number): T {
    const budget = this.definition.submitBudget ?? SUBMIT_BUDGET;
    if (milliseconds / parts > budget) this.parts = Math.ceil((1.25 * milliseconds) / budget);
    return value;
  }

  private eager(): Promise<number> {
    const { backend } = this;
    if (this.attempts >= ATTEMPTS) {
      this.ledger.steps.eager++;
      const loss = this.update();
      const received = this.readLoss(loss);
      loss.dispose();
      return received;
    }
    this.attempts++;
    this.ledger.steps.recorded++;
    const recorder = backend.startRecording();
    let loss: tf.Tensor | null = null;
    let recording: Recording;
    try {
      loss = this.update();
    } finally {
      recording = backend.stopRecording();
      if (!loss) backend.discard(recording);
    }
    const received = this.readLoss(loss);
    const { signature } = recorder;
    if (!recording.broken && this.last && signature.course === this.last.course && signature.constants === this.last.constants) {
      this.recording = recording;
      this.loss = loss;
      // The runs before may have left buffers that nobody will ask for again.
      backend.bufferManager.trim();
    } else {
      loss.dispose();
      backend.discard(recording);
      if (this.attempts === ATTEMPTS) this.giveUp(this.reasonAgainst(recorder.failure, signature));
    }
    this.last = recorder.failure === null ? signature : null;
    return received;
  }

  private reasonAgainst(failure: string | null, { course }: Signature): string {
    if (failure !== null) return `it ${failure}`;
    return this.last?.course === course ? 'it uploads other numbers in every run' : 'it takes other shapes or factors in every run';
  }

  /** Runs eagerly from here on. */
  private giveUp(reason: string): void {
    const { fallbacks } = this.ledger.steps;
    fallbacks[reason] = (fallbacks[reason] ?? 0) + 1;
    this.attempts = ATTEMPTS;
    this.release();
  }

  /** One run under the tape, without reading the loss. */
  private update(): tf.Tensor {
    const { optimizer } = this;
    let next = this.state;
    const { value, gradients } = differentiate(optimizer.params, (params) => {
      const outcome = lossOf(this.definition, params, this.inputs, this.state);
      next = outcome.next;
      return outcome.loss;
    });
    tf.keep(value);
    optimizer.apply(gradients);
    this.keepState(next);
    return value;
  }

  /** Copies the next states over the present ones, whose buffers stay the same for every replay. */
  private keepState(next: Record<S, tf.Tensor>): void {
    const { backend } = this;
    for (const [name, tensor] of Object.entries<tf.Tensor>(this.state)) {
      const fresh = next[name as S];
      if (fresh === tensor) continue;
      const [source, target] = [bufferOf(backend, fresh), bufferOf(backend, tensor)];
      backend.ensureCommandEncoderReady();
      backend.endComputePassEncoder();
      backend.commandEncoder!.copyBufferToBuffer(source, 0, target, 0, 4 * tensor.size);
      fresh.dispose();
    }
  }

  private readLoss(loss: tf.Tensor): Promise<number> {
    const { backend } = this;
    const source = bufferOf(backend, loss);
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    const received = this.losses.copy(backend.commandEncoder!, source);
    backend.submitQueue();
    return received();
  }

  private release(): void {
    this.loss?.dispose();
    this.loss = null;
    if (this.recording) this.backend.discard(this.recording);
    this.recording = null;
  }

  dispose(): void {
    this.backend.flush();
    this.release();
    this.losses.dispose();
    tf.dispose([this.inputs, this.state]);
    for (const buffer of this.buffers.splice(0)) buffer.destroy();
  }
}
