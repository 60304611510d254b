import * as Comlink from 'comlink';
import { expose } from './expose';
import { createSession } from './features/onnx-session';
import type { OnnxSession, OnnxStatement } from './features/onnx';

/** One net in the ONNX runtime, away from the engine: the runtime's memory never shrinks, so it goes with its worker. */
export class OnnxHost {
  private session: OnnxSession | null = null;

  async open(bytes: Uint8Array<ArrayBuffer>): Promise<OnnxStatement> {
    this.session = await createSession(bytes);
    return this.session.statement;
  }

  async run(values: Float32Array<ArrayBuffer>, dims: number[]): Promise<Float32Array<ArrayBuffer>> {
    if (this.session === null) throw new RangeError('open comes before run');
    const out = await this.session.run(values, dims);
    return Comlink.transfer(out, [out.buffer]);
  }
}

expose(new OnnxHost());
