/**
 * A baseline JPEG (ITU-T T.81) of one flat colour, so that tests have JPEGs, CMYK ones too, without binary files in the
 * repository. Only the first DC coefficient of each component differs from zero.
 */
export function flatJpeg(width: number, height: number, components: number[]): Uint8Array {
  const segment = (marker: number, body: number[]) => [0xff, marker, ...word(body.length + 2), ...body];
  const quantisation = [0, ...Array.from({ length: 64 }, () => 8)];
  const ids = components.map((_, i) => i + 1);
  const frame = [8, ...word(height), ...word(width), ids.length, ...ids.flatMap((id) => [id, 0x11, 0])];
  // Twelve DC categories of four bits each; the one AC symbol, end of block, is a single zero bit.
  const dc = [0x00, 0, 0, 0, 12, ...Array.from({ length: 12 }, () => 0), ...Array.from({ length: 12 }, (_, i) => i)];
  const ac = [0x10, 1, ...Array.from({ length: 15 }, () => 0), 0x00];
  const scan = [ids.length, ...ids.flatMap((id) => [id, 0x00]), 0, 63, 0];
  // Adobe's marker tells decoders that four components are CMYK and not YCCK.
  const adobe = [...new TextEncoder().encode('Adobe'), 0, 100, 0, 0, 0, 0, 0];
  return Uint8Array.from([
    0xff, 0xd8,
    ...(components.length === 4 ? segment(0xee, adobe) : []),
    ...segment(0xdb, quantisation), ...segment(0xc0, frame), ...segment(0xc4, dc), ...segment(0xc4, ac), ...segment(0xda, scan),
    ...entropy(Math.ceil(width / 8) * Math.ceil(height / 8), components),
    0xff, 0xd9,
  ]);
}

function word(value: number): number[] {
  return [value >> 8, value & 0xff];
}

function entropy(blocks: number, components: number[]): number[] {
  let bits = '';
  for (let block = 0; block < blocks; block++) {
    for (const value of components) {
      // A quantiser of 8 makes the DC coefficient the level-shifted sample itself; later blocks repeat it, a difference of 0.
      const difference = block === 0 ? value - 128 : 0;
      const category = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
      bits += category.toString(2).padStart(4, '0');
      if (category > 0) bits += (difference > 0 ? difference : difference + 2 ** category - 1).toString(2).padStart(category, '0');
      bits += '0';
    }
  }
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const bytes: number[] = [];
  for (let i = 0; i < padded.length; i += 8) {
    const byte = Number.parseInt(padded.slice(i, i + 8), 2);
    bytes.push(byte);
    if (byte === 0xff) bytes.push(0);
  }
  return bytes;
}
