import { opfsStore } from './data/storage';
import { expose } from './expose';
import { addNet, listNets, removeNet } from './features/library';
import { startOnnx } from './features/onnx-link';
import type { FeaturesApi } from './protocol';

/** The worker that examines and keeps the files of feature nets, so that a run can go on meanwhile. */
const store = navigator.storage.getDirectory().then(opfsStore);
store.catch(() => undefined);

const api: FeaturesApi = {
  add: async (file, name) => addNet(await store, file, name, startOnnx, Date.now()),
  list: async () => listNets(await store),
  remove: async (sha256) => removeNet(await store, sha256),
};

expose(api);
