import * as Comlink from 'comlink';
import { RetortError } from '../failure';
import type { OnnxHost } from '../onnx.worker';
import type { OnnxSession } from './onnx';

/** Loads a net in a worker of its own. @throws RetortError `onnx-invalid` when the runtime does not take it, `onnx-stopped` when the worker dies. */
export async function startOnnx(bytes: Uint8Array<ArrayBuffer>): Promise<OnnxSession> {
  const worker = new Worker(new URL('../onnx.worker.ts', import.meta.url), { type: 'module', name: 'onnx' });
  const died = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      reject(new RetortError('onnx-stopped', 'The ONNX runtime stopped, perhaps for want of memory. Take a smaller net, or close other tabs and try again.', {}, { cause: new Error(event.message) }));
    });
  });
  died.catch(() => undefined);
  const remote = Comlink.wrap<OnnxHost>(worker);
  const close = (): void => {
    remote[Comlink.releaseProxy]();
    worker.terminate();
  };
  try {
    const statement = await Promise.race([died, remote.open(bytes)]);
    return {
      statement,
      run: (values, dims) => Promise.race([died, remote.run(Comlink.transfer(values, [values.buffer]), dims)]),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
