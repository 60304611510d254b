import { readFileSync } from 'node:fs';
import { memoryStore } from '../data/storage.testing';
import { intakeOptions } from '../data/options';
import { encodePng } from '../formats/png';
import { decodePng } from '../formats/png.testing';
import { pictureHeader } from '../formats/sniff-header';
import { sniff, isPicture } from '../formats/sniff';
import type { DataSetSummary, IntakeEvent, IntakeOptions, IntakeSource, Verdict } from '../protocol';
import { RandomStream } from '../random';
import { rawPicture, type Decoder } from './picture';
import { readSource, type Environment } from './reader';

export function fixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`../data/fixtures/${name}`, import.meta.url)));
}

/** Decodes our own PNGs truly; every other type becomes seeded noise of its header's size, since Node has no image decoder. */
export const nodeDecoder: Decoder = {
  async decode(bytes) {
    const type = sniff(bytes);
    if (type === 'png' && bytes[24] === 8 && bytes[25] !== 6) {
      const { width, height, channels, pixels } = decodePng(bytes);
      return rawPicture(pixels, width, height, channels);
    }
    if (!isPicture(type)) throw new TypeError('not a picture');
    const { width, height } = pictureHeader(bytes, type);
    return rawPicture(noise(bytes.length, width, height, 3), width, height, 3);
  },
};

/** Smooth seeded pixels, so that perceptual hashes of different seeds differ. */
export function noise(seed: number, width: number, height: number, channels: 1 | 3): Uint8Array<ArrayBuffer> {
  const stream = new RandomStream(seed, 'test/picture');
  const waves = Array.from({ length: 6 }, () => [stream.uniform() * 6, stream.uniform() * 6, stream.uniform() * 6.3]);
  const out = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    const x = (i % width) / width;
    const y = Math.floor(i / width) / height;
    for (let c = 0; c < channels; c++) {
      const value = waves.reduce((sum, [fx, fy, phase]) => sum + Math.sin(fx * x * 6 + fy * y * 6 + phase + c), 0);
      out[i * channels + c] = Math.min(255, Math.max(0, Math.round(128 + value * 25)));
    }
  }
  return out;
}

export function png(seed: number, side = 20, channels: 1 | 3 = 3): Uint8Array<ArrayBuffer> {
  return encodePng(noise(seed, side, side, channels), side, side, channels);
}

export function filesSource(files: Record<string, Uint8Array<ArrayBuffer>>, name = 'folder'): IntakeSource {
  return { kind: 'files', name, files: Object.entries(files).map(([path, bytes]) => ({ path, file: new File([bytes], path.split('/').at(-1) ?? path) })) };
}

export interface Reading {
  summary: DataSetSummary;
  verdicts: Verdict[];
  events: IntakeEvent[];
  env: Environment & { store: ReturnType<typeof memoryStore> };
}

let ids = 0;

export function environment(quota = Infinity): Reading['env'] {
  return {
    store: memoryStore(quota), decoder: () => nodeDecoder, clock: () => performance.now(), now: () => 1_700_000_000_000, id: () => `set-${ids++}`,
    sample: async function* () {
      for (let i = 0; i < 6; i++) yield { path: `${i % 2 ? 'a' : 'b'}/${i}.png`, bytes: png(i) };
    },
  };
}

/** Reads a source with small defaults and gathers what it says. Rejects as `readSource` does, with `verdicts` filled by then. */
export async function readAll(
  source: IntakeSource, options: Partial<IntakeOptions> = {}, env = environment(), verdicts: Verdict[] = [], signal = new AbortController().signal,
): Promise<Reading> {
  const events: IntakeEvent[] = [];
  const summary = await readSource(env, source, intakeOptions.parse({ size: 16, ...options }), signal, (event) => {
    events.push(event);
    if (event.type === 'verdicts') verdicts.push(...event.items);
  });
  return { summary, verdicts, events, env };
}
