import type { IntakeSource } from '../../workers/protocol';
import { failure } from './failure';

/** Not in TypeScript's DOM types, since only Chromium has it. */
interface HandleItem extends DataTransferItem {
  getAsFileSystemHandle(): Promise<FileSystemHandle | null>;
}

function givesHandles(item: DataTransferItem): item is HandleItem {
  return 'getAsFileSystemHandle' in item;
}

type FoundFile = { path: string; file: File };

/** Entries are read 100 at a time at most, and an empty batch ends the listing. */
function readBatch(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

async function walkEntry(entry: FileSystemEntry, out: FoundFile[]): Promise<void> {
  if (entry.isFile) {
    out.push({ path: entry.fullPath.replace(/^\//, ''), file: await fileOf(entry as FileSystemFileEntry) });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (let batch = await readBatch(reader); batch.length > 0; batch = await readBatch(reader)) {
    for (const child of batch) await walkEntry(child, out);
  }
}

/** One folder or file gives its own name, several give a name that says so. */
function nameOf(names: string[]): string {
  const base = names.length === 1 ? names[0].replace(/\.(zip|gz)$/i, '') : `${names[0]} and ${names.length - 1} more`;
  return base.normalize('NFC');
}

/**
 * The source behind a drop. Must be called inside the drop event: handles and entries can only be asked for before the
 * event returns, so they are all asked for at once and awaited afterwards. Folders stay handles, so that the worker can walk
 * them while it decodes; where the browser has no handles, the older entries are walked here.
 *
 * @throws Failure `nothing-dropped` when the drop holds no file, `not-readable` when the browser denies the folder
 */
export async function sourceFromDrop(dataTransfer: DataTransfer): Promise<IntakeSource> {
  const items = [...dataTransfer.items].filter((item) => item.kind === 'file');
  if (items.length === 0) throw nothing();
  try {
    const asked = items.map((item) => (givesHandles(item) ? item.getAsFileSystemHandle() : Promise.resolve(null)));
    const entries = items.map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
    const plain = [...dataTransfer.files];
    const handles = (await Promise.all(asked)).filter((handle) => handle !== null);
    if (handles.length === items.length) return { kind: 'handles', name: nameOf(handles.map((handle) => handle.name)), handles };
    // A drop made by a script has neither handles nor entries, only files.
    if (entries.length === 0 && plain.length > 0) return sourceFromInput(plain);
    const files: FoundFile[] = [];
    for (const entry of entries) await walkEntry(entry, files);
    if (files.length === 0) throw nothing();
    return { kind: 'files', name: nameOf(entries.map((entry) => entry.name)), files };
  } catch (error) {
    if (error instanceof DOMException) {
      throw failure('not-readable', 'The browser may not read what was dropped. Choose the folder with the button instead.', error.message);
    }
    throw error;
  }
}

/**
 * The source behind a file input: a folder (`webkitdirectory`), a zip, or loose files such as an IDX pair.
 *
 * @throws Failure `nothing-chosen` when the list is empty, as it is for an empty folder
 */
export function sourceFromInput(list: FileList | readonly File[]): IntakeSource {
  const files = [...list].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  if (files.length === 0) {
    throw failure('nothing-chosen', 'There is no file in this folder. Choose a folder that holds images, or class folders with images.');
  }
  return { kind: 'files', name: nameOf([...new Set(files.map(({ path }) => path.split('/')[0]))]), files };
}

function nothing() {
  return failure('nothing-dropped', 'Nothing that holds images was dropped. Drop a folder, a zip or an IDX pair.');
}
