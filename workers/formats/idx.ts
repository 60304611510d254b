import { RetortError } from '../failure';
import { viewOf } from './sniff-segments';

/** Header of an IDX file (Y. LeCun): two zero bytes, element type, rank, then one big-endian uint32 a dimension. */
export interface IdxHeader {
  dims: number[];
  /** First byte of the elements. */
  offset: number;
  /** Bytes the whole file must have. */
  bytes: number;
}

/** Bytes that hold any header of rank 4 or less. */
export const IDX_HEADER_BYTES = 20;

const UINT8 = 0x08;

/**
 * Reads and checks the header of an IDX file of unsigned bytes.
 *
 * @param head the first bytes, at least `IDX_HEADER_BYTES` of them or the whole file.
 * @param length bytes of the whole file, when known.
 * @throws RetortError `idx-broken`, `idx-type`, `idx-truncated`.
 */
export function idxHeader(head: Uint8Array, name: string, length: number | null): IdxHeader {
  const rank = head[3];
  const offset = 4 + 4 * rank;
  if (head.length < offset || head[0] !== 0 || head[1] !== 0 || rank < 1 || rank > 4) {
    throw new RetortError('idx-broken', `${name} has no whole IDX header. Download the file again.`, { name });
  }
  if (head[2] !== UINT8) {
    throw new RetortError('idx-type', `${name} holds numbers that are not unsigned bytes. Only 8-bit IDX files can be read.`, { name });
  }
  const view = viewOf(head);
  const dims = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const bytes = offset + dims.reduce((product, dim) => product * dim, 1);
  if (length !== null && length < bytes) {
    throw new RetortError(
      'idx-truncated', `${name} ends after ${length} of ${bytes} bytes. Download the file again.`, { name, length, expected: bytes },
    );
  }
  return { dims, offset, bytes };
}

export interface IdxPair {
  images: string;
  labels: string;
  /** null when the names tell no split. */
  split: 'train' | 'test' | null;
}

function pairKey(path: string): string {
  return path
    .slice(path.lastIndexOf('/') + 1).toLowerCase()
    .replace(/\.gz$/, '').replace(/idx\d|ubyte|images?|labels?/g, '').replace(/[^a-z0-9]/g, '');
}

/** Split by the habits of MNIST and its kin: train-..., t10k-... or test-.... */
function pairSplit(key: string): 'train' | 'test' | null {
  if (key.includes('train')) return 'train';
  return /t10k|test|valid/.test(key) ? 'test' : null;
}

/**
 * Pairs image files with label files: same folder, same name once images/labels, idxN and ubyte are taken out.
 *
 * @throws RetortError `idx-pair` when a file has no partner.
 */
export function pairIdx(files: readonly { path: string; dims: readonly number[] }[]): IdxPair[] {
  const folder = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
  const labels = new Map(files.filter((file) => file.dims.length === 1).map((file) => [folder(file.path) + pairKey(file.path), file]));
  const pairs = files.filter((file) => file.dims.length > 1).map((file) => {
    const key = pairKey(file.path);
    const partner = labels.get(folder(file.path) + key);
    if (!partner || partner.dims[0] !== file.dims[0]) {
      const name = file.path;
      throw new RetortError(
        'idx-pair', `${name} has no label file with as many entries. Drop images and labels together, named alike.`, { name },
      );
    }
    return { images: file.path, labels: partner.path, split: pairSplit(key) };
  });
  if (pairs.length === 0) {
    throw new RetortError('idx-pair', 'There are IDX labels but no IDX images. Drop the image file beside them.', { name: '' });
  }
  return pairs;
}
