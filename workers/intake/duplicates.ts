import { HashIndex } from '../data/phash';
import type { Prepared } from './picture';

export type Match =
  | { kind: 'new' }
  | { kind: 'exact'; row: number }
  | { kind: 'near'; row: number; distance: number };

/** Finds repetitions among the images kept so far: by file bytes, by decoded pixels, and by perceptual hash. */
export class Duplicates {
  private readonly files = new Map<string, number>();
  private readonly pictures = new Map<string, number>();
  private readonly hashes = new HashIndex();

  find(fileHash: string, prepared: Prepared): Match {
    const exact = this.files.get(fileHash) ?? this.pictures.get(prepared.pixelHash);
    if (exact !== undefined) return { kind: 'exact', row: exact };
    const near = this.hashes.near(prepared.phash)[0];
    return near ? { kind: 'near', ...near } : { kind: 'new' };
  }

  add(fileHash: string, prepared: Prepared, row: number): void {
    this.files.set(fileHash, row);
    this.pictures.set(prepared.pixelHash, row);
    this.hashes.add(prepared.phash, row);
  }
}
