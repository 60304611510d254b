interface SavePicker {
  showSaveFilePicker(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

function hasPicker(scope: object): scope is SavePicker {
  return 'showSaveFilePicker' in scope;
}

/** Downloads live as long as their address; a browser that asks where to save may take a while to start. */
const ADDRESS_LIFETIME_MS = 600_000;

/** Hands a file to the browser's download list. */
export function downloadFile(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), ADDRESS_LIFETIME_MS);
}

/**
 * Saves a file where the person chooses, streaming; as a download where the browser has no picker or no recent click or
 * key press allows one.
 *
 * @returns false when the person closed the picker
 */
export async function saveFile(file: Blob, name: string): Promise<boolean> {
  if (!hasPicker(window) || !navigator.userActivation.isActive) {
    downloadFile(file, name);
    return true;
  }
  let handle: FileSystemFileHandle;
  try {
    handle = await window.showSaveFilePicker({ suggestedName: name });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return false;
    downloadFile(file, name);
    return true;
  }
  await file.stream().pipeTo(await handle.createWritable());
  return true;
}
