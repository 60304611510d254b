import { describe, expect, it } from 'vitest';
import { opfsFiles } from './files';

/** A folder with one file whose content is answered by `read`, attempt by attempt. */
function folderOf(read: (attempt: number) => Promise<ArrayBuffer>): FileSystemDirectoryHandle {
  let attempt = 0;
  const file = { getFile: async () => ({ arrayBuffer: () => read(++attempt) }) };
  return { getFileHandle: async () => file } as unknown as FileSystemDirectoryHandle;
}

const replaced = (): Promise<never> => Promise.reject(new DOMException('replaced', 'NotReadableError'));

describe('opfsFiles', () => {
  it('opens a file again that was replaced while it was read', async () => {
    const files = opfsFiles(folderOf(async (attempt) => (attempt < 3 ? replaced() : Uint8Array.of(1, 2).buffer)));
    expect(await files.read('record.json')).toEqual(Uint8Array.of(1, 2));
  });

  it('gives up on a file that cannot be read at all', async () => {
    await expect(opfsFiles(folderOf(replaced)).read('record.json')).rejects.toMatchObject({ name: 'NotReadableError' });
  });

  it('takes a missing file for none', async () => {
    const files = opfsFiles(folderOf(() => Promise.reject(new DOMException('gone', 'NotFoundError'))));
    expect(await files.read('record.json')).toBeNull();
  });
});
