export type EngineKind = 'webgpu' | 'wasm' | 'cpu';

/** An error as the person sees it. `sentence` is English and says what to do next; the page translates by `code` and `params`. */
export interface Failure {
  code: string;
  sentence: string;
  params: Record<string, string | number>;
  /** Stack or browser message, for the log only. */
  detail: string;
}

export interface SelfTestCheck {
  name: string;
  /** Largest relative error against the float64 reference. */
  error: number;
  bound: number;
}

export interface EngineVerdict {
  kind: EngineKind;
  /** Vendor and architecture as the browser tells them, or the wasm build and thread count. */
  adapter: string;
  /** Why this engine and not another, one English sentence. */
  reason: string;
  reasonCode: string;
  /** Threads that compute, the engine's own worker included; 1 unless wasm. */
  threads: number;
  /** Why wasm has as many threads as it has, one English sentence. */
  threadsReason?: string;
  /** `threads-started`, or why there is only one: `threads-one-asked`, `threads-not-isolated`, `threads-one-core`, `threads-not-shared`, `threads-not-started`. */
  threadsReasonCode?: string;
  selfTest: SelfTestCheck[];
}

/** What passed between page and device, and what was computed. Zero without a device but for `flops`. */
export interface EngineTraffic {
  dispatches: number;
  passes: number;
  submits: number;
  /** Copies from buffer to buffer and clears; each of them ends a pass. */
  copies: number;
  buffersCreated: number;
  bindGroups: number;
  pipelines: number;
  /** Bytes written from the CPU: minibatches, constants and uniforms. */
  uploadBytes: number;
  /** Floating-point operations: exact for convolutions and products, estimated for the rest. */
  flops: number;
}

/** How the engine chose between variants of its WebGPU kernels, all of which give the same bits. */
export interface TuningFigures {
  /** Products that were measured since the engine was opened, and those that an earlier session had measured. */
  measured: number;
  remembered: number;
  /** Of the measured ones, those that another variant than the usual one is faster for. */
  changed: number;
  /** Variants that gave other bits than the usual one, or did not compile. */
  refused: number;
  /** Products that keep the usual variant because the time for measuring was used up. */
  skipped: number;
  /** Spent on measuring. */
  milliseconds: number;
}

/** Sums since the engine was opened, with the present state of its memory and the cost of the last training step. */
export interface EngineFigures extends EngineTraffic {
  liveBytes: number;
  peakBytes: number;
  /** Bytes that may be alive at once. */
  capBytes: number;
  /** Training steps by how they ran; `fallbacks` counts compiled steps that stay eager, by the reason. */
  steps: { recorded: number; replayed: number; eager: number; fallbacks: Record<string, number> };
  /** `milliseconds` that JavaScript was busy with the step: encoding it on a device, computing it elsewhere. */
  lastStep: (EngineTraffic & { milliseconds: number }) | null;
  /** Null where nothing is tuned: on wasm, on software adapters, and where it was turned off. */
  tuning: TuningFigures | null;
}
