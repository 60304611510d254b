import type { EngineTraffic } from '../../../protocol';
import { outOfMemory, overCap } from '../../failures';

/** What passed between the page and the device since it was opened, with the bytes of its buffers. */
export interface Traffic extends Omit<EngineTraffic, 'flops'> {
  liveBytes: number;
  peakBytes: number;
}

/** One dispatch as it was encoded; `groups` by index. */
export interface Dispatch {
  pipeline: GPUComputePipeline;
  groups: readonly GPUBindGroup[];
  x: number;
  y: number;
  z: number;
}

export interface Copy {
  source: GPUBuffer;
  sourceOffset: number;
  target: GPUBuffer;
  targetOffset: number;
  size: number;
}

/** Hears every command while a step is recorded. */
export interface Listener {
  created(buffer: GPUBuffer): void;
  dispatched(dispatch: Dispatch): void;
  copied(copy: Copy): void;
  written(buffer: GPUBuffer, offset: number, bytes: Uint8Array): void;
  destroyed(buffer: GPUBuffer): void;
  /** A command that cannot be encoded again as it was. */
  refused(what: string): void;
}

function bytesOf(data: GPUAllowSharedBufferSource, offset: number, size: number | undefined): Uint8Array {
  if (!ArrayBuffer.isView(data)) return new Uint8Array(data, offset, size);
  // Offsets and sizes of a typed array count its elements, those of a view or buffer bytes.
  const width = 'BYTES_PER_ELEMENT' in data ? (data.BYTES_PER_ELEMENT as number) : 1;
  const whole = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return whole.subarray(offset * width, size === undefined ? undefined : (offset + size) * width);
}

/**
 * Counts what a device is told, whoever tells it. Its methods are replaced on this one device object, which is ours, and on the encoders and buffers it
 * makes; nothing global changes. While there is a `listener` it hears every command.
 */
export class Meter {
  readonly traffic: Traffic = {
    dispatches: 0, passes: 0, submits: 0, copies: 0, buffersCreated: 0, bindGroups: 0, pipelines: 0, uploadBytes: 0, liveBytes: 0, peakBytes: 0,
  };
  listener: Listener | null = null;
  /** Bytes of buffers that may be alive at once. */
  cap = Infinity;
  /** A command encoder that is neither counted nor heard: who replays adds up for itself. */
  readonly encoder: () => GPUCommandEncoder;
  private readonly bindings = new WeakMap<GPUBindGroup, GPUBufferBinding[]>();

  constructor(device: GPUDevice) {
    this.encoder = device.createCommandEncoder.bind(device);
    this.watchBuffers(device);
    this.watchGroups(device);
    this.watchQueue(device.queue);
    device.createCommandEncoder = (descriptor) => {
      const encoder = this.encoder.call(device);
      if (descriptor?.label) encoder.label = descriptor.label;
      this.watchEncoder(encoder);
      return encoder;
    };
  }

  /** The buffers bound by a group, in the order of its entries. */
  buffersOf(group: GPUBindGroup): readonly GPUBufferBinding[] {
    return this.bindings.get(group) ?? [];
  }

  private watchBuffers(device: GPUDevice): void {
    const { traffic } = this;
    const create = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      const { size } = descriptor;
      if (traffic.liveBytes + size > this.cap) throw overCap(traffic.liveBytes + size, this.cap);
      const buffer = this.create(create, descriptor);
      traffic.buffersCreated++;
      traffic.liveBytes += size;
      traffic.peakBytes = Math.max(traffic.peakBytes, traffic.liveBytes);
      if (descriptor.mappedAtCreation) traffic.uploadBytes += size;
      this.listener?.created(buffer);
      let live = true;
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        if (live) traffic.liveBytes -= size;
        live = false;
        this.listener?.destroyed(buffer);
        destroy();
        return undefined;
      };
      return buffer;
    };
  }

  /** A buffer that is mapped at its creation takes memory of the page, and where there is none the call throws. */
  private create(create: GPUDevice['createBuffer'], descriptor: GPUBufferDescriptor): GPUBuffer {
    try {
      return create(descriptor);
    } catch (error) {
      throw error instanceof RangeError ? outOfMemory(this.traffic.liveBytes + descriptor.size, error.message) : error;
    }
  }

  private watchGroups(device: GPUDevice): void {
    const { traffic } = this;
    const group = device.createBindGroup.bind(device);
    device.createBindGroup = (descriptor) => {
      const made = group(descriptor);
      traffic.bindGroups++;
      this.bindings.set(made, [...descriptor.entries].flatMap(({ resource }) => {
        if ('buffer' in resource) return [resource];
        return resource instanceof GPUBuffer ? [{ buffer: resource }] : [];
      }));
      return made;
    };
    const pipeline = device.createComputePipeline.bind(device);
    device.createComputePipeline = (descriptor) => {
      traffic.pipelines++;
      return pipeline(descriptor);
    };
    const later = device.createComputePipelineAsync.bind(device);
    device.createComputePipelineAsync = (descriptor) => {
      traffic.pipelines++;
      return later(descriptor);
    };
  }

  private watchQueue(queue: GPUQueue): void {
    const { traffic } = this;
    const submit = queue.submit.bind(queue);
    queue.submit = (commands) => {
      traffic.submits++;
      submit(commands);
      return undefined;
    };
    const write = queue.writeBuffer.bind(queue);
    queue.writeBuffer = (buffer: GPUBuffer, offset: number, data: GPUAllowSharedBufferSource, dataOffset = 0, size?: number) => {
      const bytes = bytesOf(data, dataOffset, size);
      traffic.uploadBytes += bytes.byteLength;
      this.listener?.written(buffer, offset, bytes);
      write(buffer, offset, bytes as Uint8Array<ArrayBuffer>);
      return undefined;
    };
  }

  private watchEncoder(encoder: GPUCommandEncoder): void {
    const { traffic } = this;
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (descriptor) => {
      traffic.passes++;
      const pass = begin(descriptor);
      this.watchPass(pass);
      return pass;
    };
    const copy = encoder.copyBufferToBuffer.bind(encoder) as (...all: unknown[]) => undefined;
    encoder.copyBufferToBuffer = (...all: unknown[]) => {
      traffic.copies++;
      const [source, sourceOffset, target, targetOffset, size] = (typeof all[1] === 'number' ? all : [all[0], 0, all[1], 0, all[2]]) as
        [GPUBuffer, number, GPUBuffer, number, number | undefined];
      this.listener?.copied({ source, sourceOffset, target, targetOffset, size: size ?? source.size - sourceOffset });
      copy(...all);
      return undefined;
    };
    const clear = encoder.clearBuffer.bind(encoder);
    encoder.clearBuffer = (buffer, offset, size) => {
      traffic.copies++;
      this.listener?.refused('clears a buffer');
      clear(buffer, offset, size);
      return undefined;
    };
  }

  private watchPass(pass: GPUComputePassEncoder): void {
    const { traffic } = this;
    let pipeline: GPUComputePipeline | null = null;
    let groups: GPUBindGroup[] = [];
    const setPipeline = pass.setPipeline.bind(pass);
    pass.setPipeline = (next) => {
      pipeline = next;
      setPipeline(next);
      return undefined;
    };
    const setGroup = pass.setBindGroup.bind(pass) as (...all: unknown[]) => undefined;
    pass.setBindGroup = (index: number, group: GPUBindGroup | null | undefined, ...offsets: unknown[]) => {
      if (group) {
        groups = groups.slice();
        groups[index] = group;
      }
      if (offsets.length > 0) this.listener?.refused('binds with dynamic offsets');
      setGroup(index, group, ...offsets);
      return undefined;
    };
    const dispatch = pass.dispatchWorkgroups.bind(pass);
    pass.dispatchWorkgroups = (x, y = 1, z = 1) => {
      traffic.dispatches++;
      this.listener?.dispatched({ pipeline: pipeline!, groups, x, y, z });
      dispatch(x, y, z);
      return undefined;
    };
    const indirect = pass.dispatchWorkgroupsIndirect.bind(pass);
    pass.dispatchWorkgroupsIndirect = (buffer, offset) => {
      traffic.dispatches++;
      this.listener?.refused('takes a size of work from the device');
      indirect(buffer, offset);
      return undefined;
    };
  }
}
