import * as Comlink from 'comlink';
import { RetortError } from '../failure';
import type { OnnxHost } from '../onnx.worker';
import type { OnnxSession } from './onnx';
import { linkWorker } from './worker-link';

function stopped(message: string): RetortError {
  return new RetortError('onnx-stopped', 'The ONNX runtime stopped, perhaps for want of memory. Take a smaller net, or close other tabs and try again.', {}, { cause: new Error(message) });
}

/** Loads a net in a worker of its own. @throws RetortError `onnx-invalid` when the runtime does not take it, `onnx-stopped` when the worker dies. */
export async function startOnnx(bytes: Uint8Array<ArrayBuffer>): Promise<OnnxSession> {
  const worker = new Worker(new URL('../onnx.worker.ts', import.meta.url), { type: 'module', name: 'onnx' });
  const link = linkWorker<OnnxHost>(worker, stopped);
  try {
    const statement = await link.call((remote) => remote.open(bytes));
    return {
      statement,
      run: (values, dims) => link.call((remote) => remote.run(Comlink.transfer(values, [values.buffer]), dims)),
      close: () => link.close(),
    };
  } catch (error) {
    link.close();
    throw error;
  }
}
