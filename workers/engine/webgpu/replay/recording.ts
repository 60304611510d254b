import type { Pool } from './arena';
import type { Copy, Dispatch, Meter } from './meter';
import type { UniformStore } from './uniforms';

export type Command = Dispatch | Copy;

/** A step's commands with everything they refer to. */
export class Recording {
  /** Why it must not be replayed any more; null while it may. */
  broken: string | null = null;
  /** Floating-point operations of all commands. */
  readonly flops: number;

  /** @param work floating-point operations of each command. */
  constructor(
    readonly commands: readonly Command[], private readonly work: readonly number[], private readonly outside: ReadonlySet<GPUBuffer>, private readonly pool: Pool,
    private readonly uniforms: UniformStore,
  ) {
    this.flops = work.reduce((sum, flops) => sum + flops, 0);
  }

  /** Called when a tensor gives a buffer back: whoever gets it next would be overwritten by a replay. */
  released(buffer: GPUBuffer): void {
    if (this.outside.has(buffer)) this.broken ??= 'a tensor it uses was disposed';
  }

  /**
   * Encodes the commands again, in their order, as `parts` command buffers of about equal work. Consecutive dispatches share a pass; only
   * copies end one. `last` may add to the final encoder.
   */
  encode(meter: Meter, parts: number, last: (encoder: GPUCommandEncoder) => void): GPUCommandBuffer[] {
    const { commands } = this;
    const buffers: GPUCommandBuffer[] = [];
    let from = 0;
    for (const to of this.cuts(parts)) {
      const encoder = meter.encoder();
      this.encodeRange(meter, encoder, from, to);
      if (to === commands.length) last(encoder);
      buffers.push(encoder.finish());
      from = to;
    }
    return buffers;
  }

  /** Ends of `parts` runs of commands, fewer where there are fewer commands. The last one is that of the list. */
  private cuts(parts: number): number[] {
    const { work } = this;
    // Something for every command, since none is free and some steps have no work that is known.
    const least = 1 + this.flops / (10 * work.length);
    const share = (this.flops + least * work.length) / parts;
    const ends: number[] = [];
    let done = 0;
    for (let i = 0; i < work.length - 1; i++) {
      done += work[i] + least;
      if (done >= share * (ends.length + 1)) ends.push(i + 1);
    }
    return [...ends, work.length];
  }

  private encodeRange(meter: Meter, encoder: GPUCommandEncoder, from: number, to: number): void {
    const { traffic } = meter;
    let pass: GPUComputePassEncoder | null = null;
    let pipeline: GPUComputePipeline | null = null;
    for (let i = from; i < to; i++) {
      const command = this.commands[i];
      if ('pipeline' in command) {
        if (!pass) {
          pass = encoder.beginComputePass();
          pipeline = null;
          traffic.passes++;
        }
        if (command.pipeline !== pipeline) pass.setPipeline(command.pipeline);
        pipeline = command.pipeline;
        for (let g = 0; g < command.groups.length; g++) pass.setBindGroup(g, command.groups[g]);
        pass.dispatchWorkgroups(command.x, command.y, command.z);
        traffic.dispatches++;
      } else {
        pass?.end();
        pass = null;
        encoder.copyBufferToBuffer(command.source, command.sourceOffset, command.target, command.targetOffset, command.size);
        traffic.copies++;
      }
    }
    pass?.end();
  }

  /** Frees every buffer the recording owns. */
  dispose(): void {
    this.broken ??= 'it was disposed';
    this.pool.close();
    this.uniforms.dispose();
  }
}
