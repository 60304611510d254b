const USAGE = () => GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ;

/**
 * Reads one number a step without waiting for it: every step copies its loss into a staging buffer of its own, and a few of these go round. There are as many as
 * steps were ever under way at once.
 */
export class LossReader {
  private readonly idle: GPUBuffer[] = [];
  private busy = 0;
  private closed = false;

  constructor(private readonly device: GPUDevice) {}

  /** Steps whose loss has not arrived. */
  get pending(): number {
    return this.busy;
  }

  /** Encodes the copy of the number at the start of `source`; call the result after the submit. */
  copy(encoder: GPUCommandEncoder, source: GPUBuffer): () => Promise<number> {
    const staging = this.idle.pop() ?? this.device.createBuffer({ size: 4, usage: USAGE() });
    encoder.copyBufferToBuffer(source, 0, staging, 0, 4);
    this.busy++;
    return () => this.receive(staging);
  }

  private async receive(staging: GPUBuffer): Promise<number> {
    try {
      await staging.mapAsync(GPUMapMode.READ);
      const [loss] = new Float32Array(staging.getMappedRange());
      staging.unmap();
      return loss;
    } finally {
      this.busy--;
      if (this.closed) staging.destroy();
      else this.idle.push(staging);
    }
  }

  /** Losses under way still arrive. */
  dispose(): void {
    this.closed = true;
    for (const staging of this.idle.splice(0)) staging.destroy();
  }
}
