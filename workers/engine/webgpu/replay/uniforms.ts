/** WebGPU's guaranteed alignment of a uniform binding's offset. */
const ALIGNMENT = 256;
const SLOTS = 256;

/**
 * Uniform contents by value: the same bytes always lie in the same place and are written once. A place is never written again, so commands that refer
 * to it may be submitted, or replayed, at any time.
 */
export class UniformStore {
  private readonly chunks: GPUBuffer[] = [];
  private readonly slots = new Map<string, GPUBufferBinding>();
  private room = 0;

  constructor(private readonly device: GPUDevice) {}

  get size(): number {
    return this.slots.size;
  }

  has(buffer: GPUBuffer): boolean {
    return this.chunks.includes(buffer);
  }

  /** Where these bytes lie, written now if they never were. */
  place(bytes: Uint8Array<ArrayBuffer>): GPUBufferBinding {
    const key = String.fromCharCode(...bytes);
    const known = this.slots.get(key);
    if (known) return known;
    const spans = Math.ceil(bytes.length / ALIGNMENT);
    if (spans > this.room) {
      this.chunks.push(this.device.createBuffer({
        size: ALIGNMENT * Math.max(SLOTS, spans), usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      }));
      this.room = Math.max(SLOTS, spans);
    }
    const buffer = this.chunks[this.chunks.length - 1];
    const offset = buffer.size - ALIGNMENT * this.room;
    this.room -= spans;
    this.device.queue.writeBuffer(buffer, offset, bytes);
    const binding = { buffer, offset, size: bytes.length };
    this.slots.set(key, binding);
    return binding;
  }

  dispose(): void {
    for (const chunk of this.chunks) chunk.destroy();
    this.chunks.length = 0;
    this.slots.clear();
    this.room = 0;
  }
}

/** One entry of a program's uniforms as tfjs describes it. */
export interface UniformEntry {
  type: string;
  data: number[];
}

function alignmentOf(length: number): number {
  if (length === 1) return 4;
  return length === 2 ? 8 : 16;
}

/** Lays a program's uniforms out as WGSL does the struct tfjs declares for them: vectors of up to four, arrays of five and six. */
export function packUniforms(entries: readonly UniformEntry[]): Uint8Array<ArrayBuffer> {
  const words: { offset: number; type: string; data: number[] }[] = [];
  let offset = 0;
  let widest = 4;
  let previous = 0;
  for (const { type, data } of entries) {
    const values = data.length === 0 ? [1] : data;
    if (values.length > 6) throw new RangeError(`A uniform of ${values.length} numbers is more than tfjs declares.`);
    // tfjs declares shapes of rank five and six as a struct, which is aligned as a vec4 and padded behind.
    const alignment = previous > 4 ? 16 : alignmentOf(values.length);
    widest = Math.max(widest, alignment);
    offset = Math.ceil(offset / alignment) * alignment;
    words.push({ offset, type, data: values });
    previous = values.length;
    offset += 4 * values.length;
  }
  const buffer = new ArrayBuffer(Math.ceil(offset / widest) * widest);
  for (const { offset: at, type, data } of words) {
    if (type === 'int32') new Int32Array(buffer, at, data.length).set(data);
    else if (type === 'uint32') new Uint32Array(buffer, at, data.length).set(data);
    else new Float32Array(buffer, at, data.length).set(data);
  }
  return new Uint8Array(buffer);
}
