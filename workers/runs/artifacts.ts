import { sortedJson, type Json } from '../formats/json';
import { decodeSafetensors, encodeSafetensors } from '../formats/safetensors';
import type { Files } from './files';
import type { Bundle, CheckpointSlot } from './types';

const HEAD = 'head';

/** A bundle as safetensors: parts are flat tensors, the head is JSON in the metadata. */
export function encodeBundle(bundle: Bundle): Uint8Array<ArrayBuffer> {
  const tensors = Object.fromEntries(
    Object.entries(bundle.parts).map(([name, data]) => [name, { shape: [data.length], data }]),
  );
  return encodeSafetensors(tensors, { [HEAD]: JSON.stringify(bundle.head) });
}

/** @throws RetortError when the bytes are not a well-formed bundle. */
export function decodeBundle(bytes: Uint8Array<ArrayBuffer>): Bundle {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const parts: Bundle['parts'] = {};
  for (const [name, { data }] of Object.entries(tensors)) {
    if (!(data instanceof BigInt64Array)) parts[name] = data;
  }
  return { head: JSON.parse(metadata[HEAD] ?? '{}') as Record<string, unknown>, parts };
}

/** Everything that decides an artifact's bytes. */
export interface ArtifactIdentity {
  stage: string;
  version: number;
  options: Record<string, Json>;
  /** Keys of the inputs by name; the data set's hash stands under `dataset`. */
  inputs: Record<string, string>;
  seed: number;
  engine: string;
}

/** The artifact's key: 32 hex digits of the SHA-256 of its identity. */
export async function artifactKey(identity: ArtifactIdentity): Promise<string> {
  const bytes = new TextEncoder().encode(sortedJson({ ...identity }));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...digest.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Finished results of stages, addressed by what made them. */
export class ArtifactStore {
  constructor(private readonly files: Files) {}

  /** Null when the artifact is missing or a crash tore it; a torn one is as good as none. */
  async get(key: string): Promise<Bundle | null> {
    const bytes = await this.files.read(`artifacts/${key}/bundle.safetensors`);
    if (bytes === null) return null;
    try {
      return decodeBundle(bytes);
    } catch {
      await this.files.remove(`artifacts/${key}/bundle.safetensors`);
      return null;
    }
  }

  async put(key: string, bundle: Bundle): Promise<void> {
    await this.files.write(`artifacts/${key}/bundle.safetensors`, encodeBundle(bundle));
    await this.files.remove(`artifacts/${key}/checkpoint`);
  }

  async has(key: string): Promise<boolean> {
    return (await this.files.list(`artifacts/${key}`)).includes('bundle.safetensors');
  }

  keys(): Promise<string[]> {
    return this.files.list('artifacts');
  }

  remove(key: string): Promise<void> {
    return this.files.remove(`artifacts/${key}`);
  }

  /**
   * The checkpoint of an unfinished artifact. Two slots alternate and a tiny manifest names the good one, so a write that is
   * torn by a closing tab costs one checkpoint interval and no more.
   */
  checkpoint(key: string): CheckpointSlot {
    const base = `artifacts/${key}/checkpoint`;
    const manifest = async (): Promise<{ slot: 'a' | 'b' } | null> => {
      const bytes = await this.files.read(`${base}/manifest.json`);
      return bytes === null ? null : (JSON.parse(new TextDecoder().decode(bytes)) as { slot: 'a' | 'b' });
    };
    return {
      load: async () => {
        const current = await manifest();
        if (current === null) return null;
        const bytes = await this.files.read(`${base}/${current.slot}.safetensors`);
        return bytes === null ? null : decodeBundle(bytes);
      },
      save: async (bundle) => {
        const slot = (await manifest())?.slot === 'a' ? 'b' : 'a';
        await this.files.write(`${base}/${slot}.safetensors`, encodeBundle(bundle));
        await this.files.write(`${base}/manifest.json`, new TextEncoder().encode(JSON.stringify({ slot })));
      },
    };
  }
}
