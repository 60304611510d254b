import type { Remembered, TuningStore } from '../engine/webgpu/kernels/tune';
import type { Files } from '../runs/files';

const PATH = 'tuning.json';
/** Adapters and browser versions that are remembered; a browser that updates every month leaves one behind each time. */
const MOST_ADAPTERS = 8;

/** Keeps measurements of WebGPU kernels in one file. What cannot be read counts as not measured. */
export function fileTuningStore(files: Files): TuningStore {
  const read = async (): Promise<Record<string, Remembered>> => {
    const bytes = await files.read(PATH);
    if (bytes === null) return {};
    try {
      const all: unknown = JSON.parse(new TextDecoder().decode(bytes));
      return typeof all === 'object' && all !== null ? (all as Record<string, Remembered>) : {};
    } catch {
      return {};
    }
  };
  return {
    load: async (adapter) => (await read())[adapter] ?? {},
    async save(adapter, choices) {
      const { [adapter]: _old, ...others } = await read();
      const kept = Object.entries(others).slice(1 - MOST_ADAPTERS);
      await files.write(PATH, new TextEncoder().encode(JSON.stringify(Object.fromEntries([...kept, [adapter, choices]]))));
    },
  };
}
