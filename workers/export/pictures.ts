import type { DataSet } from '../data/types';
import { encodePng } from '../formats/png';
import { sha256 } from '../formats/sha256';
import { stripMetadata } from '../formats/strip-metadata';
import type { ExportOptions } from '../protocol';
import { Thumbnails } from './sheet';

/** Types whose source files are passed on. The rest (GIF, AVIF, BMP, raw pixels) is encoded anew: loaders differ on them. */
const PASSED_ON: Record<string, string> = { jpeg: 'jpg', png: 'png', webp: 'webp' };

export interface Picture {
  /** Lower case, without dot. */
  extension: string;
  /** Whether these are the source file's pixels and not the working ones. */
  original: boolean;
  data: Uint8Array;
}

export interface PictureInfo extends Omit<Picture, 'data'> {
  bytes: number;
  sha256: string;
}

function originalPicture(dataset: DataSet, row: number): Picture | null {
  const { type } = dataset.records[row];
  const extension = PASSED_ON[type];
  const source = extension === undefined ? null : dataset.original(row);
  const data = source && stripMetadata(source, type);
  return data && { extension, original: true, data };
}

/**
 * The picture of one row: with `original` the source file without its metadata where the store kept it, else a PNG of the
 * working pixels. The same row gives the same bytes every time.
 */
export function makePicture(dataset: DataSet, row: number, kind: ExportOptions['pictures']): Picture {
  const original = kind === 'original' ? originalPicture(dataset, row) : null;
  if (original) return original;
  const { size, channels } = dataset.summary;
  return { extension: 'png', original: false, data: encodePng(dataset.pixels([row]), size, size, channels) };
}

/** Remembers size and digest of pictures, about 150 bytes each, so that they are encoded again only to be written. */
export class PictureIndex {
  /** Small pictures for the report, made once as well. */
  readonly thumbnails = new Thumbnails();
  private readonly known = { working: new Map<number, PictureInfo>(), original: new Map<number, PictureInfo>() };

  describe(dataset: DataSet, row: number, kind: ExportOptions['pictures']): PictureInfo {
    const found = this.known[kind].get(row);
    if (found) return found;
    const { data, ...picture } = makePicture(dataset, row, kind);
    const info = { ...picture, bytes: data.length, sha256: sha256(data) };
    this.known[kind].set(row, info);
    return info;
  }
}
