import { describe, expect, it } from 'vitest';
import { sourceFromDrop, sourceFromInput } from './source';

const file = (name: string, path = '') => Object.assign(new File(['x'], name), { webkitRelativePath: path });

/** A drop as a browser hands it over: its items answer only until the event has returned. */
function drop(items: object[], files: File[] = []): { transfer: DataTransfer; close: () => void } {
  let open = true;
  const guard = (item: object) =>
    new Proxy(item, {
      get(target, name) {
        if (!open) throw new Error('asked after the event');
        return Reflect.get(target, name);
      },
    });
  return { transfer: { items: items.map(guard), files } as unknown as DataTransfer, close: () => (open = false) };
}

/** An entry tree as older browsers give it; folders list one child a batch, and an empty batch at the end. */
function entry(path: string, children?: object[]): object {
  const name = path.split('/').at(-1) ?? '';
  if (!children) return { isFile: true, name, fullPath: path, file: (done: (value: File) => void) => done(file(name)) };
  return {
    isFile: false, name, fullPath: path,
    createReader: () => {
      const left = [...children];
      return { readEntries: (done: (value: object[]) => void) => done(left.splice(0, 1)) };
    },
  };
}

describe('sourceFromInput', () => {
  it('keeps the paths of a folder and names the source after it', () => {
    const source = sourceFromInput([file('1.png', 'bolts/ok/1.png'), file('2.png', 'bolts/bad/2.png')]);
    expect(source).toMatchObject({ kind: 'files', name: 'bolts', files: [{ path: 'bolts/ok/1.png' }, { path: 'bolts/bad/2.png' }] });
  });

  it('takes a zip and loose files', () => {
    expect(sourceFromInput([file('parts.zip')]).name).toBe('parts');
    expect(sourceFromInput([file('a-idx3-ubyte'), file('a-idx1-ubyte')]).name).toBe('a-idx3-ubyte and 1 more');
  });

  it('says that an empty folder is empty', () => {
    expect(() => sourceFromInput([])).toThrow(expect.objectContaining({ code: 'nothing-chosen' }));
  });
});

describe('sourceFromDrop', () => {
  it('asks for every handle before the event returns', async () => {
    const handle = (name: string) => ({ kind: 'file', webkitGetAsEntry: () => null, getAsFileSystemHandle: async () => ({ kind: 'directory', name }) });
    const { transfer, close } = drop([handle('a'), { kind: 'string' }, handle('b')]);
    const promise = sourceFromDrop(transfer);
    close();
    expect(await promise).toMatchObject({ kind: 'handles', name: 'a and 1 more', handles: [{ name: 'a' }, { name: 'b' }] });
  });

  it('walks entries in every batch where there are no handles', async () => {
    const tree = entry('/set', [entry('/set/a', [entry('/set/a/1.png'), entry('/set/a/2.png')]), entry('/set/labels.csv')]);
    const { transfer, close } = drop([{ kind: 'file', webkitGetAsEntry: () => tree }]);
    const promise = sourceFromDrop(transfer);
    close();
    const source = await promise;
    expect(source.kind === 'files' && source.files.map(({ path }) => path)).toEqual(['set/a/1.png', 'set/a/2.png', 'set/labels.csv']);
  });

  it('takes the plain files of a drop without handles and entries', async () => {
    const bare = { kind: 'file', webkitGetAsEntry: () => null, getAsFileSystemHandle: async () => null };
    expect(await sourceFromDrop(drop([bare], [file('a.zip')]).transfer)).toMatchObject({ kind: 'files', name: 'a', files: [{ path: 'a.zip' }] });
  });

  it('says that nothing was dropped, and that the browser refused', async () => {
    await expect(sourceFromDrop(drop([{ kind: 'string' }]).transfer)).rejects.toMatchObject({ code: 'nothing-dropped' });
    const denied = { kind: 'file', webkitGetAsEntry: () => null, getAsFileSystemHandle: () => Promise.reject(new DOMException('denied', 'NotAllowedError')) };
    await expect(sourceFromDrop(drop([denied]).transfer)).rejects.toMatchObject({ code: 'not-readable' });
  });
});
