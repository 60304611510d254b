import type { IntakeSource } from '../../../workers/protocol';

interface DirectoryPicker {
  showDirectoryPicker(options: { mode: 'read'; id: string }): Promise<FileSystemDirectoryHandle>;
}

const hasPicker = (scope: object): scope is DirectoryPicker => 'showDirectoryPicker' in scope;

/**
 * Lets the person pick a folder with the picker that asks to view files; a file input would ask to upload them, which is not what happens.
 *
 * @returns the source, null when the person closed the picker, or 'unsupported' when the caller must use a file input
 */
export async function pickFolder(): Promise<IntakeSource | null | 'unsupported'> {
  if (!hasPicker(window)) return 'unsupported';
  try {
    const handle = await window.showDirectoryPicker({ mode: 'read', id: 'images' });
    return { kind: 'handles', name: handle.name.normalize('NFC'), handles: [handle] };
  } catch (error) {
    return error instanceof DOMException && error.name === 'AbortError' ? null : 'unsupported';
  }
}
