import { RetortError } from '../failure';
import { prepare, type Normalisation } from './preprocess';
import type { FeatureNet, ImageShape, Preprocessing } from './types';

/** What a net states about its one input and output; null where it leaves a size open. */
export interface OnnxStatement {
  inputs: { type: string; shape: (number | null)[] }[];
  outputs: number;
}

/** A loaded net, in this worker or behind a message channel. */
export interface OnnxSession {
  readonly statement: OnnxStatement;
  /** Runs `values` of shape `dims` through the net; the output flattened. */
  run(values: Float32Array<ArrayBuffer>, dims: number[]): Promise<Float32Array<ArrayBuffer>>;
  close(): void;
}

export type StartOnnx = (bytes: Uint8Array<ArrayBuffer>) => Promise<OnnxSession>;

/** Side for nets that leave theirs open: that of most nets trained on ImageNet. */
const USUAL_SIZE = 224;
const SMALLEST = 8;
const BATCH = 16;

/** ONNX writes its version first, as protobuf field 1; the header of safetensors is told by its brace. */
export function isOnnx(bytes: Uint8Array): boolean {
  return bytes[0] === 0x08 && bytes[8] !== 0x7b;
}

function unusable(problem: string): RetortError {
  return new RetortError('onnx-shape', `This ONNX net cannot give features: ${problem}. Export one with a single float input [N, 3, height, width] and a single output.`, { problem });
}

/** Side and batch size of the one input. @throws RetortError `onnx-shape`. */
function inputOf({ inputs, outputs }: OnnxStatement): { side: number | null; batch: number | null } {
  if (inputs.length !== 1) throw unusable(`it has ${inputs.length} inputs`);
  if (outputs !== 1) throw unusable(`it has ${outputs} outputs`);
  const [{ type, shape }] = inputs;
  if (type !== 'float32') throw unusable(`its input is ${type}`);
  if (shape.length !== 4 || (shape[1] !== null && shape[1] !== 3)) throw unusable(`its input is [${shape.map((side) => side ?? 'N').join(', ')}]`);
  if (shape[2] !== shape[3]) throw unusable(`its input is ${shape[2] ?? 'N'} by ${shape[3] ?? 'N'} and not square`);
  if (shape[2] !== null && shape[2] < SMALLEST) throw unusable(`its input is ${shape[2]} by ${shape[2]}`);
  return { side: shape[2], batch: shape[0] };
}

function turned(values: Float32Array, count: number, side: number): Float32Array<ArrayBuffer> {
  const plane = side * side;
  const out = new Float32Array(values.length);
  for (let image = 0; image < count; image++) {
    for (let p = 0; p < plane; p++) for (let c = 0; c < 3; c++) out[(image * 3 + c) * plane + p] = values[(image * plane + p) * 3 + c];
  }
  return out;
}

/** Features a pass gives for each of its images. */
async function widthOf(session: OnnxSession, side: number, count: number): Promise<number> {
  const features = await session.run(new Float32Array(count * 3 * side * side), [count, 3, side, side]);
  const width = features.length / count;
  if (!Number.isInteger(width) || width < 1) throw unusable(`it gives ${features.length} numbers for ${count} images`);
  return width;
}

/** Input size and width of a net, found out by running it once. @throws RetortError `onnx-shape`, `onnx-invalid`. */
export async function examineOnnx(bytes: Uint8Array<ArrayBuffer>, start: StartOnnx): Promise<{ dim: number; inputSize: number }> {
  const session = await start(bytes);
  try {
    const { side, batch } = inputOf(session.statement);
    const inputSize = side ?? USUAL_SIZE;
    return { inputSize, dim: await widthOf(session, inputSize, batch ?? 1) };
  } finally {
    session.close();
  }
}

export interface OnnxOptions {
  /** Side that images are brought to, or 0 for what the net states. */
  inputSize: number;
  preprocessing: Preprocessing;
  /** In [0, 255]. */
  normalisation: Normalisation;
}

/** A net in ONNX for images of `shape`. @throws RetortError `onnx-shape` where `inputSize` is not what the net is made for, `onnx-invalid`. */
export async function openOnnx(
  session: OnnxSession, shape: ImageShape, { inputSize, preprocessing, normalisation }: OnnxOptions, named: { name: string; label: string },
): Promise<FeatureNet> {
  const stated = inputOf(session.statement);
  if (inputSize !== 0 && stated.side !== null && inputSize !== stated.side) throw unusable(`it takes images of ${stated.side} px and not of ${inputSize}`);
  const side = inputSize || stated.side || USUAL_SIZE;
  const batch = stated.batch ?? BATCH;
  const dim = await widthOf(session, side, stated.batch ?? 1);
  const bytes = shape.size * shape.size * shape.channels;
  return {
    ...named,
    dim,
    inputSize: side,
    preprocessing,
    batch,
    async features(pixels, count) {
      const features = new Float32Array(count * dim);
      for (let from = 0; from < count; from += batch) {
        const n = Math.min(batch, count - from);
        const values = prepare(pixels.subarray(from * bytes, (from + n) * bytes), n, shape, side, preprocessing, normalisation);
        // A net with a fixed batch is given all of it; what is not asked for is dropped.
        const full = new Float32Array((stated.batch ?? n) * 3 * side * side);
        full.set(turned(values, n, side));
        const out = await session.run(full, [stated.batch ?? n, 3, side, side]);
        features.set(out.subarray(0, n * dim), from * dim);
      }
      return features;
    },
    dispose: () => session.close(),
  };
}
