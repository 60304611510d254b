import { zlibSync } from 'fflate';

/**
 * PNG (ISO/IEC 15948) for 8-bit grey and RGB. Written here rather than by the browser's canvas, whose bytes differ between
 * browsers and versions: the same pixels must give the same file everywhere.
 */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const CHUNK_OVERHEAD = 12;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 of annex D, the one of zip as well. */
export function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = CRC_TABLE[(c ^ bytes[i]) & 0xff] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

/** Paeth predictor, section 9.4. */
function paeth(left: number, up: number, corner: number): number {
  const p = left + up - corner;
  const dl = Math.abs(p - left);
  const du = Math.abs(p - up);
  const dc = Math.abs(p - corner);
  if (dl <= du && dl <= dc) return left;
  return du <= dc ? up : corner;
}

/** Writes filter `type` of one row to `out` and returns the sum of absolute values as signed bytes. */
function filterRow(
  type: number, pixels: Uint8Array, row: number, stride: number, step: number, out: Uint8Array,
): number {
  let sum = 0;
  for (let i = 0; i < stride; i++) {
    const at = row + i;
    const left = i >= step ? pixels[at - step] : 0;
    const up = row > 0 ? pixels[at - stride] : 0;
    const corner = row > 0 && i >= step ? pixels[at - stride - step] : 0;
    let predicted = 0;
    if (type === 1) predicted = left;
    else if (type === 2) predicted = up;
    else if (type === 3) predicted = (left + up) >> 1;
    else if (type === 4) predicted = paeth(left, up, corner);
    const value = (pixels[at] - predicted) & 0xff;
    out[i] = value;
    sum += value < 128 ? value : 256 - value;
  }
  return sum;
}

/** Scanlines with their filter byte; per row the filter with the least sum of absolute differences, ties to the lower number. */
function filterScanlines(pixels: Uint8Array, width: number, height: number, channels: number): Uint8Array {
  const stride = width * channels;
  const lines = new Uint8Array(height * (stride + 1));
  const candidate = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const at = y * (stride + 1);
    let best = Infinity;
    for (let type = 0; type < 5; type++) {
      const sum = filterRow(type, pixels, y * stride, stride, channels, candidate);
      if (sum >= best) continue;
      best = sum;
      lines[at] = type;
      lines.set(candidate, at + 1);
    }
  }
  return lines;
}

function putChunk(out: Uint8Array, at: number, type: string, data: Uint8Array): number {
  const view = new DataView(out.buffer);
  view.setUint32(at, data.length);
  for (let i = 0; i < 4; i++) out[at + 4 + i] = type.charCodeAt(i);
  out.set(data, at + 8);
  view.setUint32(at + 8 + data.length, crc32(out.subarray(at + 4, at + 8 + data.length)));
  return at + CHUNK_OVERHEAD + data.length;
}

/**
 * Encodes 8-bit pixels, row-major, channels last, without ancillary chunks.
 * @param pixels width * height * channels bytes. @param channels 1 for grey, 3 for RGB.
 * @throws RangeError when the buffer does not have that length; a caller's mistake, not a person's.
 */
export function encodePng(pixels: Uint8Array, width: number, height: number, channels: 1 | 3): Uint8Array<ArrayBuffer> {
  if (pixels.length !== width * height * channels || pixels.length === 0) {
    throw new RangeError(`${pixels.length} bytes do not make ${width} x ${height} x ${channels} pixels`);
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8;
  header[9] = channels === 3 ? 2 : 0;
  const data = zlibSync(filterScanlines(pixels, width, height, channels), { level: 9 });

  const out = new Uint8Array(SIGNATURE.length + 3 * CHUNK_OVERHEAD + header.length + data.length);
  out.set(SIGNATURE);
  let at = putChunk(out, SIGNATURE.length, 'IHDR', header);
  at = putChunk(out, at, 'IDAT', data);
  putChunk(out, at, 'IEND', new Uint8Array(0));
  return out;
}
