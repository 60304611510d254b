/**
 * Walks the containers of JPEG (ISO 10918-1 annex B), PNG (11.2) and WebP (RIFF) without decoding. Offsets are into the
 * whole file. Walkers stop quietly where the file ends too early; `complete` of the caller tells the difference.
 */

export interface Segment {
  /** JPEG marker byte, or the four-letter chunk name. */
  name: string;
  marker: number;
  /** First byte of the segment, marker or length field included. */
  start: number;
  /** Payload range. */
  from: number;
  to: number;
  /** One past the segment, entropy-coded data (JPEG), CRC (PNG) and padding (WebP) included. */
  end: number;
}

export function ascii(bytes: Uint8Array, from: number, count: number): string {
  let text = '';
  for (let i = from; i < Math.min(from + count, bytes.length); i++) text += String.fromCharCode(bytes[i]);
  return text;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** End of the entropy-coded data that begins at `at`: the next marker that is neither stuffing nor a restart. */
function scanEnd(bytes: Uint8Array, at: number): number {
  let i = bytes.indexOf(0xff, at);
  while (i >= 0 && i + 1 < bytes.length) {
    const next = bytes[i + 1];
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return i;
    i = bytes.indexOf(0xff, i + 1);
  }
  return bytes.length;
}

/** Segments of a JPEG from SOI to its own EOI; scans include their data. What follows EOI is not visited. */
export function* jpegSegments(bytes: Uint8Array): Generator<Segment> {
  let at = 0;
  while (at + 2 <= bytes.length) {
    if (bytes[at] !== 0xff) return;
    let code = at + 1;
    while (bytes[code] === 0xff) code++;
    const marker = bytes[code];
    const bare = marker === 0xd8 || marker === 0xd9 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
    if (bare) {
      yield { name: marker.toString(16), marker, start: at, from: code + 1, to: code + 1, end: code + 1 };
      if (marker === 0xd9) return;
      at = code + 1;
      continue;
    }
    if (code + 3 > bytes.length) return;
    const to = code + 1 + bytes[code + 1] * 256 + bytes[code + 2];
    if (to > bytes.length || to < code + 3) return;
    const end = marker === 0xda ? scanEnd(bytes, to) : to;
    yield { name: marker.toString(16), marker, start: at, from: code + 3, to, end };
    at = end;
  }
}

/** Chunks of a PNG up to and including IEND. */
export function* pngChunks(bytes: Uint8Array): Generator<Segment> {
  const view = viewOf(bytes);
  let at = 8;
  while (at + 12 <= bytes.length) {
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > bytes.length) return;
    const name = ascii(bytes, at + 4, 4);
    yield { name, marker: 0, start: at, from: at + 8, to: at + 8 + length, end };
    if (name === 'IEND') return;
    at = end;
  }
}

/** Chunks of a WebP; the last one may be cut short and is then not reported. */
export function* webpChunks(bytes: Uint8Array): Generator<Segment> {
  const view = viewOf(bytes);
  const limit = Math.min(bytes.length, 8 + view.getUint32(4, true));
  let at = 12;
  while (at + 8 <= limit) {
    const length = view.getUint32(at + 4, true);
    const to = at + 8 + length;
    if (to > limit) return;
    yield { name: ascii(bytes, at, 4), marker: 0, start: at, from: at + 8, to, end: Math.min(limit, to + (length & 1)) };
    at = to + (length & 1);
  }
}
