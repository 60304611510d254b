import { transfer } from 'comlink';
import { sampleFiles, TRUTH_FILE } from './data/sample/index';
import { opfsStore } from './data/storage';
import { Intake } from './intake/api';
import { expose } from './expose';
import { browserDecoder } from './intake/decoder';
import type { Environment } from './intake/reader';
import type { IntakeApi } from './protocol';

/** The sample set as a folder of it would be dropped, without the answers. */
async function* samplePictures(seed: number): ReturnType<typeof sampleFiles> {
  for await (const file of sampleFiles(seed)) if (file.path !== TRUTH_FILE) yield file;
}

async function environment(): Promise<Environment> {
  return {
    store: opfsStore(await navigator.storage.getDirectory()),
    decoder: browserDecoder,
    sample: samplePictures,
    clock: () => performance.now(),
    now: () => Date.now(),
    id: () => crypto.randomUUID(),
  };
}

let opened: Promise<Environment> | null = null;
const intake = new Intake(() => (opened ??= environment()));

const api: IntakeApi = {
  read: (source, options, port) => intake.read(source, options, port),
  cancel: () => intake.cancel(),
  list: () => intake.list(),
  remove: (id) => intake.remove(id),
  verdicts: (id, from, count, status) => intake.verdicts(id, from, count, status),
  async images(id, indices) {
    const items = await intake.images(id, indices);
    return transfer(items, items.map((item) => item.pixels.buffer));
  },
};

expose(api);
