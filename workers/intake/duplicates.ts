import { HashIndex } from '../data/phash';
import type { Prepared } from './picture';

export type Match = { kind: 'new' } | { kind: 'exact' | 'near'; row: number };

/**
 * Least correlation of two pictures at the working size that makes them near duplicates. The hash alone proposes too much where
 * all pictures share an outline. Measured at 32 px on pairs within the hash radius: copies that were re-encoded, brightened or made noisy
 * reach 0.996, relit ones 0.974, shifted ones 0.94 to 0.98; distinct machined parts stay below 0.975, and of 10,000 Fashion-MNIST
 * pictures 2.4 % find such a partner.
 */
export const NEAR_CORRELATION = 0.975;

/** Pearson correlation of two byte images; 0 where either is flat, since flat pictures say nothing about each other. */
export function correlation(a: Uint8Array, b: Uint8Array): number {
  const n = a.length;
  let sumA = 0;
  let sumB = 0;
  let squareA = 0;
  let squareB = 0;
  let product = 0;
  for (let i = 0; i < n; i++) {
    sumA += a[i];
    sumB += b[i];
    squareA += a[i] * a[i];
    squareB += b[i] * b[i];
    product += a[i] * b[i];
  }
  const varianceA = n * squareA - sumA * sumA;
  const varianceB = n * squareB - sumB * sumB;
  return varianceA > 0 && varianceB > 0 ? (n * product - sumA * sumB) / Math.sqrt(varianceA * varianceB) : 0;
}

/** Finds repetitions among the images kept so far: by file bytes, by decoded pixels, and by perceptual hash with a look at both. */
export class Duplicates {
  private readonly files = new Map<string, number>();
  private readonly pictures = new Map<string, number>();
  private readonly hashes = new HashIndex();

  /** @param pixelsOf stored working pixels of a row, valid until the next call. */
  constructor(private readonly pixelsOf: (row: number) => Uint8Array) {}

  find(fileHash: string, prepared: Prepared): Match {
    const exact = this.files.get(fileHash) ?? this.pictures.get(prepared.pixelHash);
    if (exact !== undefined) return { kind: 'exact', row: exact };
    let best = NEAR_CORRELATION;
    let nearest = -1;
    for (const { row } of this.hashes.near(prepared.phash)) {
      const found = correlation(prepared.pixels, this.pixelsOf(row));
      if (found < best || (found === best && nearest >= 0)) continue;
      best = found;
      nearest = row;
    }
    return nearest >= 0 ? { kind: 'near', row: nearest } : { kind: 'new' };
  }

  add(fileHash: string, prepared: Prepared, row: number): void {
    this.files.set(fileHash, row);
    this.pictures.set(prepared.pixelHash, row);
    this.hashes.add(prepared.phash, row);
  }
}
