import type { Pool } from './arena';
import type { Copy, Dispatch, Listener, Meter } from './meter';
import type { Command } from './recording';
import type { UniformStore } from './uniforms';

/** 32-bit FNV-1a, a word at a time. */
class Hash {
  value = 0x811c9dc5;

  add(word: number): void {
    this.value = Math.imul(this.value ^ word, 0x01000193) >>> 0;
  }

  addBytes(bytes: Uint8Array): void {
    let i = 0;
    if (bytes.byteOffset % 4 === 0) {
      const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
      for (const word of words) this.add(word);
      i = words.length * 4;
    }
    for (; i < bytes.length; i++) this.add(bytes[i]);
  }
}

/** What two recordings of the same step have in common: what ran on what with which shapes and factors, and the numbers uploaded meanwhile. */
export interface Signature {
  course: number;
  constants: number;
}

/** Stable small numbers for objects, across the recordings of one step. */
const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function identityOf(object: object): number {
  let identity = identities.get(object);
  if (identity === undefined) {
    identity = ++lastIdentity;
    identities.set(object, identity);
  }
  return identity;
}

/** Listens to one training step as it runs and keeps every command. Anything that could not be repeated as it was is noted in `failure`. */
export class Recorder implements Listener {
  readonly commands: Command[] = [];
  /** Floating-point operations of each command: those of a kernel stand with its first dispatch. */
  readonly work: number[] = [];
  /** Buffers of others that the step reads or writes: parameters, inputs, whatever its function closes over. */
  readonly outside = new Set<GPUBuffer>();
  /** Tensors the step makes itself. One that was made before and is only now put on the device outlives the recording. */
  readonly made = new WeakSet();
  failure: string | null = null;
  private expected = 0;
  private readonly course = new Hash();
  private readonly constants = new Hash();
  private readonly touched = new Set<GPUBuffer>();
  /** Buffers made meanwhile by order of creation, so that recordings with other buffers compare equal. */
  private readonly order = new Map<GPUBuffer, number>();

  constructor(private readonly meter: Meter, readonly pool: Pool, readonly uniforms: UniformStore) {}

  get signature(): Signature {
    return { course: this.course.value, constants: this.constants.value };
  }

  /** The dispatches that follow are those of a kernel of so many operations. */
  expect(flops: number): void {
    this.expected += flops;
  }

  created(buffer: GPUBuffer): void {
    this.order.set(buffer, -1 - this.order.size);
  }

  dispatched(dispatch: Dispatch): void {
    this.course.add(identityOf(dispatch.pipeline));
    for (const size of [dispatch.x, dispatch.y, dispatch.z]) this.course.add(size);
    for (const group of dispatch.groups) {
      if (!group) continue;
      for (const { buffer, offset = 0 } of this.meter.buffersOf(group)) {
        this.touch(buffer);
        this.course.add(offset);
      }
    }
    this.commands.push(dispatch);
    this.work.push(this.expected);
    this.expected = 0;
  }

  copied(copy: Copy): void {
    this.touch(copy.source);
    this.touch(copy.target);
    for (const number of [copy.sourceOffset, copy.targetOffset, copy.size]) this.course.add(number);
    this.commands.push(copy);
    this.work.push(0);
  }

  /** Data written once, before anything used it, are constants of the step. */
  written(buffer: GPUBuffer, offset: number, bytes: Uint8Array): void {
    // Places in a uniform store are written once, though the buffer around them is in use.
    if (this.touched.has(buffer) && !this.uniforms.has(buffer)) this.refused('writes a buffer again that it already used');
    // Uniforms hold shapes and factors.
    const hash = this.uniforms.has(buffer) ? this.course : this.constants;
    hash.add(offset);
    hash.addBytes(bytes);
  }

  destroyed(buffer: GPUBuffer): void {
    if (this.touched.has(buffer)) this.refused('destroys a buffer it used');
  }

  /** A tensor gave this buffer back. */
  released(buffer: GPUBuffer): void {
    if (this.outside.has(buffer)) this.refused('disposes a tensor it did not make');
  }

  refused(what: string): void {
    this.failure ??= what;
  }

  private touch(buffer: GPUBuffer): void {
    this.touched.add(buffer);
    const order = this.order.get(buffer);
    this.course.add(order ?? identityOf(buffer));
    if (!this.pool.has(buffer)) this.outside.add(buffer);
  }
}
