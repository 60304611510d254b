import { BlobReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import { describe, expect, it } from 'vitest';
import { sortEntries, zipLength, zipStream, type ZipEntry } from './zip-write';

function entry(name: string, ...chunks: Uint8Array[]): ZipEntry {
  return { name, bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0), chunks: () => chunks };
}

async function bytesOf(entries: ZipEntry[]): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(zipStream(entries)).arrayBuffer());
}

describe('zip', () => {
  const entries = [entry('b/打痕.png', Uint8Array.of(1, 2), Uint8Array.of(3)), entry('a.txt', new Uint8Array(0)), entry('B.txt', Uint8Array.of(9))];

  it('can be read by another library, in code-point order, stored and dated 1980', async () => {
    const reader = new ZipReader(new BlobReader(new Blob([await bytesOf(entries)])), { useWebWorkers: false, checkSignature: true });
    const read = await reader.getEntries();
    expect(read.map(({ filename }) => filename)).toEqual(['B.txt', 'a.txt', 'b/打痕.png']);
    for (const each of read) {
      expect(each.compressionMethod).toBe(0);
      expect(each.rawLastModDate).toBe(0x00210000);
    }
    const data = await Promise.all(read.flatMap((each) => (each.directory ? [] : [each.getData(new Uint8ArrayWriter())])));
    expect(data).toEqual([Uint8Array.of(9), new Uint8Array(0), Uint8Array.of(1, 2, 3)]);
  });

  it('has the length that was foretold and the same bytes in any order of entries', async () => {
    const bytes = await bytesOf(entries);
    expect(bytes.length).toBe(zipLength(entries));
    expect(await bytesOf(entries.toReversed())).toEqual(bytes);
  });

  it('foretells Zip64 lengths', () => {
    const plain = zipLength([{ name: 'x', bytes: 1 }]) - 1;
    expect(zipLength([{ name: 'x', bytes: 2 ** 33 }])).toBeGreaterThan(2 ** 33 + plain);
  });

  it('makes the bytes of an entry only when it comes to it', async () => {
    let made = 0;
    const lazy = Array.from({ length: 50 }, (_, i): ZipEntry => ({
      name: `${100 + i}`, bytes: 1000, chunks: () => { made++; return [new Uint8Array(1000)]; },
    }));
    const reader = zipStream(lazy).getReader();
    for (let i = 0; i < 6; i++) await reader.read();
    expect(made).toBeLessThan(10);
    await reader.cancel();
  });

  it('stops when an entry is not as long as it said', async () => {
    await expect(bytesOf([{ name: 'x', bytes: 2, chunks: () => [new Uint8Array(1)] }])).rejects.toMatchObject({ code: 'export-changed' });
  });

  it.each(['/x', 'a/../x', './x', 'a//x', 'a\\x', ''])('refuses the name %j', (name) => {
    expect(() => zipStream([entry(name)])).toThrow(RangeError);
  });

  it('refuses the same name twice', () => {
    expect(() => zipStream([entry('x'), entry('x')])).toThrow(RangeError);
  });

  it('sorts as Python does', () => {
    expect(sortEntries([{ name: 'a/b' }, { name: 'a-b' }, { name: '\u{1d4b3}' }, { name: '\uffe5' }]).map(({ name }) => name)).toEqual(['a-b', 'a/b', '\uffe5', '\u{1d4b3}']);
  });
});
