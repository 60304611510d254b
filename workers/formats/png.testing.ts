import { crc32, inflateSync } from 'node:zlib';

/** Decodes the PNGs this project writes, with the platform's inflate and CRC, to check the encoder from outside. */
export function decodePng(bytes: Uint8Array): { width: number; height: number; channels: 1 | 3; pixels: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = new Map<string, Uint8Array>();
  for (let at = 8; at < bytes.length;) {
    const length = view.getUint32(at);
    const typed = bytes.subarray(at + 4, at + 8 + length);
    if (crc32(typed) !== view.getUint32(at + 8 + length)) throw new Error('CRC does not fit');
    chunks.set(new TextDecoder().decode(typed.subarray(0, 4)), typed.subarray(4));
    at += 12 + length;
  }
  const header = chunks.get('IHDR')!;
  const head = new DataView(header.buffer, header.byteOffset);
  const width = head.getUint32(0);
  const height = head.getUint32(4);
  const channels = header[9] === 2 ? 3 : 1;
  return { width, height, channels, pixels: unfilter(inflateSync(chunks.get('IDAT')!), width * channels, height, channels) };
}

function unfilter(lines: Uint8Array, stride: number, height: number, step: number): Uint8Array {
  const out = new Uint8Array(stride * height);
  const at = (x: number, y: number) => (x < 0 || y < 0 ? 0 : out[y * stride + x]);
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const [a, b, c] = [at(x - step, y), at(x, y - 1), at(x - step, y - 1)];
      const p = a + b - c;
      const nearest = [a, b, c].reduce((best, value) => (Math.abs(p - value) < Math.abs(p - best) ? value : best));
      const predicted = [0, a, b, (a + b) >> 1, nearest][filter];
      out[y * stride + x] = lines[y * (stride + 1) + 1 + x] + predicted;
    }
  }
  return out;
}
