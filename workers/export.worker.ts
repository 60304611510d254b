import { opfsStore } from './data/storage';
import { Exporter } from './export/exporter';
import { openSession } from './export/load';
import { expose } from './expose';

/** The worker that writes zips. Files live under their path from the root of the origin's private file system. */
expose(new Exporter({
  openSession,
  openStorage: async () => opfsStore(await navigator.storage.getDirectory()),
  async openFile(path) {
    const parts = path.split('/');
    let folder = await navigator.storage.getDirectory();
    for (const name of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(name);
    return (await folder.getFileHandle(parts[parts.length - 1])).getFile();
  },
}));
