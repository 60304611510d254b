import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { encodePng } from '../../workers/formats/png';
import { RandomStream } from '../../workers/random';
import { flatJpeg } from './jpeg';

export interface FolderPlan {
  classes: string[];
  perClass: number;
  /** Side in pixels. */
  side: number;
  channels: 1 | 3;
  seed: number;
}

/** Stripes whose direction and hue tell the class, with seeded phase and noise: easy to learn, and no two alike. */
function draw({ side, channels, classes }: FolderPlan, label: number, random: RandomStream): Uint8Array {
  const pixels = new Uint8Array(side * side * channels);
  const angle = (Math.PI * label) / classes.length;
  const phase = random.uniform() * 2 * Math.PI;
  const frequency = (2 * Math.PI * (2 + random.uniform())) / side;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const wave = Math.sin(phase + frequency * (x * Math.cos(angle) + y * Math.sin(angle)));
      for (let c = 0; c < channels; c++) {
        const tint = channels === 1 ? 0 : 40 * Math.cos(2 * Math.PI * (label / classes.length + c / 3));
        pixels[(y * side + x) * channels + c] = Math.max(0, Math.min(255, 128 + 60 * wave + tint + 12 * random.normal()));
      }
    }
  }
  return pixels;
}

/** The files of such a folder, as path and bytes. */
export function imageFiles(plan: FolderPlan): { path: string; bytes: Uint8Array }[] {
  const random = new RandomStream(plan.seed, 'e2e/images');
  return plan.classes.flatMap((name, label) =>
    Array.from({ length: plan.perClass }, (_, i) => ({
      path: `${name}/${String(i).padStart(4, '0')}.png`,
      bytes: encodePng(draw(plan, label, random), plan.side, plan.side, plan.channels),
    })));
}

/** Writes files below a folder, making folders on the way. */
export async function writeFiles(folder: string, files: { path: string; bytes: Uint8Array }[]): Promise<void> {
  for (const { path, bytes } of files) {
    const target = join(folder, path);
    await mkdir(join(target, '..'), { recursive: true });
    await writeFile(target, bytes);
  }
}

/** The same files as a zip. */
export function zipOf(files: { path: string; bytes: Uint8Array }[]): Uint8Array {
  return zipSync(Object.fromEntries(files.map(({ path, bytes }) => [path, bytes])), { level: 0 });
}

/** An MNIST-style pair from the same pictures: images as unsigned bytes, big-endian headers. */
export function idxPair(plan: FolderPlan): { images: Uint8Array; labels: Uint8Array } {
  const random = new RandomStream(plan.seed, 'e2e/images');
  const count = plan.classes.length * plan.perClass;
  const header = (numbers: number[]) => {
    const bytes = new Uint8Array(numbers.length * 4);
    numbers.forEach((value, i) => new DataView(bytes.buffer).setUint32(4 * i, value));
    return bytes;
  };
  const rank = plan.channels === 1 ? 3 : 4;
  const size = plan.channels === 1 ? [count, plan.side, plan.side] : [count, plan.side, plan.side, plan.channels];
  const rows = plan.classes.flatMap((_, label) => Array.from({ length: plan.perClass }, () => draw(plan, label, random)));
  return {
    images: Buffer.concat([header([0x0800 + rank, ...size]), ...rows]),
    labels: Buffer.concat([header([0x0801, count]), Uint8Array.from({ length: count }, (_, i) => Math.floor(i / plan.perClass))]),
  };
}

/** A PNG chunk by chunk, for pictures our own writer rightly refuses to make. */
function rawPng(width: number, height: number, depth: 8 | 16, data: Uint8Array): Uint8Array {
  const chunk = (type: string, body: Uint8Array) => {
    const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
    const out = Buffer.alloc(named.length + 8);
    out.writeUInt32BE(body.length, 0);
    named.copy(out, 4);
    out.writeUInt32BE(crc32(named), named.length + 4);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([depth, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(data)), chunk('IEND', new Uint8Array())]);
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** GIF89a of one flat colour a frame; more than one frame makes it animated. */
function flatGif(side: number, frames: number): Uint8Array {
  const little = (value: number) => [value & 0xff, value >> 8];
  const bytes = [...Buffer.from('GIF89a'), ...little(side), ...little(side), 0x80, 0, 0, 200, 60, 20, 20, 60, 200];
  for (let frame = 0; frame < frames; frame++) {
    bytes.push(0x21, 0xf9, 4, 0, 10, 0, 0, 0, 0x2c, 0, 0, 0, 0, ...little(side), ...little(side), 0, 2);
    // Codes of three bits, the table cleared before every pixel so that codes never grow: clear, pixel, ..., end.
    const codes = [...Array.from({ length: side * side }, () => [4, frame % 2]).flat(), 5];
    const bits = codes.map((code) => code.toString(2).padStart(3, '0').split('').reverse().join('')).join('');
    const data: number[] = [];
    for (let i = 0; i < bits.length; i += 8) data.push(Number.parseInt(bits.slice(i, i + 8).padEnd(8, '0').split('').reverse().join(''), 2));
    for (let i = 0; i < data.length; i += 255) bytes.push(Math.min(255, data.length - i), ...data.slice(i, i + 255));
    bytes.push(0);
  }
  return Uint8Array.from([...bytes, 0x3b]);
}

/** Marks every entry of a zip as encrypted, in its local and its central header. */
function encrypted(zip: Uint8Array): Uint8Array {
  const out = Buffer.from(zip);
  const flag = (signature: number, offset: number) => {
    for (let at = 0; at + 4 <= out.length; at++) if (out.readUInt32LE(at) === signature) out[at + offset] |= 1;
  };
  flag(0x04034b50, 6);
  flag(0x02014b50, 8);
  return out;
}

const SIDE = 16;
/** Above the size at which the reader starts to look at ratios, and compressing far beyond the ratio it allows. */
const BOMB_BYTES = 64 * 2 ** 20;

/**
 * Files that people really drop and that must each get a sentence: by name, what they are. Every one is made here, none is a
 * binary in the repository.
 */
export function troubleFiles(): Record<string, Uint8Array> {
  const jpeg = flatJpeg(64, 64, [200, 128, 128]);
  const png = encodePng(new Uint8Array(SIDE * SIDE * 3).fill(90), SIDE, SIDE, 3);
  const text = (value: string) => new TextEncoder().encode(value);
  return {
    'good.jpg': jpeg,
    'truncated.jpg': jpeg.slice(0, jpeg.length >> 1),
    'text.png': text('This is no picture.\n'),
    'zero.png': new Uint8Array(),
    'wide.png': rawPng(30_000, 4, 8, new Uint8Array(4 * 30_001)),
    'animated.gif': flatGif(SIDE, 2),
    'still.gif': flatGif(SIDE, 1),
    'deep.png': rawPng(SIDE, SIDE, 16, new Uint8Array(SIDE * (1 + 2 * SIDE)).fill(7).map((value, i) => (i % (1 + 2 * SIDE) === 0 ? 0 : value))),
    'cmyk.jpg': flatJpeg(SIDE, SIDE, [10, 200, 200, 240]),
    'script.svg': text('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><script>document.title="owned"</script></svg>'),
    'emoji-\u{1f9ea}.png': png,
    'bomb.zip': zipSync({ 'a/bomb.png': [new Uint8Array(BOMB_BYTES), { level: 9 }] }),
    'encrypted.zip': encrypted(zipSync({ 'a/x.png': png }, { level: 0 })),
    'nested.zip': zipSync({ 'a/inner.zip': zipSync({ 'b/x.png': png }), 'a/x.png': png }, { level: 0 }),
    'names.zip': zipSync({ '../up.png': png, [`a/${'n'.repeat(300)}.png`]: png, 'a/ok.png': png }, { level: 0 }),
  };
}
