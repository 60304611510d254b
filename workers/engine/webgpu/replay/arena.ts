/** Buffers of one owner, used again by exact size and usage. */
export class Pool {
  private readonly free = new Map<string, GPUBuffer[]>();
  private readonly buffers = new Set<GPUBuffer>();
  private readonly pinned = new Set<GPUBuffer>();
  private closed = false;

  constructor(private readonly device: GPUDevice) {}

  has(buffer: GPUBuffer): boolean {
    return this.buffers.has(buffer);
  }

  take(size: number, usage: GPUBufferUsageFlags, mappedAtCreation = false): GPUBuffer {
    return this.free.get(keyOf(size, usage))?.pop() ?? this.create(size, usage, mappedAtCreation);
  }

  /** A new buffer in any case. */
  create(size: number, usage: GPUBufferUsageFlags, mappedAtCreation = false): GPUBuffer {
    const buffer = this.device.createBuffer({ size, usage, mappedAtCreation });
    this.buffers.add(buffer);
    return buffer;
  }

  /** Never hands this buffer out again. */
  pin(buffer: GPUBuffer): void {
    this.pinned.add(buffer);
  }

  give(buffer: GPUBuffer, keep: boolean): void {
    if (this.closed || !this.buffers.has(buffer) || (keep && this.pinned.has(buffer))) return;
    if (!keep) {
      this.buffers.delete(buffer);
      buffer.destroy();
      return;
    }
    const key = keyOf(buffer.size, buffer.usage);
    const list = this.free.get(key);
    if (list) list.push(buffer);
    else this.free.set(key, [buffer]);
  }

  /** Destroys what nobody uses at the moment. */
  trim(): void {
    for (const list of this.free.values()) {
      for (const buffer of list) {
        this.buffers.delete(buffer);
        buffer.destroy();
      }
    }
    this.free.clear();
  }

  /** Destroys everything; a buffer that is given back later is ignored. */
  close(): void {
    for (const buffer of this.buffers) buffer.destroy();
    this.buffers.clear();
    this.free.clear();
    this.closed = true;
  }
}

function keyOf(size: number, usage: number): string {
  return `${size}/${usage}`;
}

/**
 * Takes the place of tfjs' buffer manager. Buffers come from the common pool, or from a pool of their own while a step is recorded: those stay with the
 * recording, and no one else is ever given them.
 */
export class Arena {
  numBytesUsed = 0;
  private used = 0;
  private readonly common: Pool;
  private readonly owners = new WeakMap<GPUBuffer, Pool>();
  private current: Pool;

  /** @param released hears of every buffer that a tensor gives back. */
  constructor(private readonly device: GPUDevice, private readonly released: (buffer: GPUBuffer) => void) {
    this.common = new Pool(device);
    this.current = this.common;
  }

  /** As tfjs asks for buffers. Readbacks outlive the step they were asked for in, and so do their buffers. */
  acquireBuffer(size: number, usage: GPUBufferUsageFlags, mappedAtCreation = false): GPUBuffer {
    const pool = usage & GPUBufferUsage.MAP_READ ? this.common : this.current;
    return this.account(pool, pool.take(size, usage, mappedAtCreation));
  }

  /**
   * A buffer for numbers from the CPU. While a step is recorded it is always a new one, since what is already encoded may still use the others; as a
   * constant `ofStep` it belongs to the recording and is never used for anything else.
   */
  acquireForUpload(size: number, usage: GPUBufferUsageFlags, ofStep: boolean): GPUBuffer {
    const { common, current } = this;
    if (current === common) return this.account(common, common.take(size, usage));
    const pool = ofStep ? current : common;
    const buffer = this.account(pool, pool.create(size, usage));
    if (ofStep) pool.pin(buffer);
    return buffer;
  }

  private account(pool: Pool, buffer: GPUBuffer): GPUBuffer {
    this.owners.set(buffer, pool);
    this.numBytesUsed += buffer.size;
    this.used++;
    return buffer;
  }

  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    this.numBytesUsed -= buffer.size;
    this.used--;
    this.released(buffer);
    this.owners.get(buffer)?.give(buffer, reuse);
  }

  getNumUsedBuffers(): number {
    return this.used;
  }

  /** From here to `leave`, buffers come from a new pool, which is returned. */
  enter(): Pool {
    this.current = new Pool(this.device);
    return this.current;
  }

  leave(): void {
    this.current = this.common;
  }

  trim(): void {
    this.common.trim();
  }

  dispose(): void {
    this.common.close();
  }
}
