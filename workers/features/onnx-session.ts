import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { RetortError, toFailure } from '../failure';
import type { OnnxSession } from './onnx';

// The threads of the runtime would start workers of their own from a text; one is enough beside the engine.
env.wasm.numThreads = 1;
env.logLevel = 'error';

function invalid(error: unknown): RetortError {
  const { detail } = toFailure(error);
  return new RetortError('onnx-invalid', 'This ONNX file cannot be run here: it is damaged, or uses operations that the WebAssembly runtime lacks. Export it again with a common operator set, such as 17.', {}, { cause: new Error(detail) });
}

/** Loads a net into the ONNX runtime of this thread. @throws RetortError `onnx-invalid`. */
export async function createSession(bytes: Uint8Array<ArrayBuffer>): Promise<OnnxSession> {
  const session = await InferenceSession.create(bytes, { executionProviders: ['wasm'] }).catch((error: unknown) => {
    throw invalid(error);
  });
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  return {
    statement: {
      inputs: session.inputMetadata.map((each) => (each.isTensor
        ? { type: each.type, shape: each.shape.map((side) => (typeof side === 'number' && side > 0 ? side : null)) }
        : { type: 'not a tensor', shape: [] })),
      outputs: session.outputNames.length,
    },
    async run(values, dims) {
      try {
        const { [output]: out } = await session.run({ [input]: new Tensor('float32', values, dims) });
        return Float32Array.from((await out.getData()) as ArrayLike<number>);
      } catch (error) {
        throw invalid(error);
      }
    },
    close: () => void session.release().catch(() => undefined),
  };
}
