import type { Store } from '../data/storage';
import { readText, writeText } from '../data/storage';
import { RetortError } from '../failure';
import { readWeights } from '../formats/torch-file';
import type { FeatureNetCard } from '../protocol';
import { FID_SHA256, inceptionLabel, inceptionWeights } from './inception';
import { INCEPTION_DIM, INCEPTION_SIZE } from './inception.graph';
import { examineOnnx, isOnnx, type StartOnnx } from './onnx';
import { distanceName } from './types';

/** Files of feature nets that a person added, in the store under their hash. */

const FOLDER = 'nets';
/** More than any feature net for pictures of this size needs, and what a worker can hold beside a data set. */
const LARGEST = 2 ** 30;
const LONGEST_NAME = 40;

const filePath = (hash: string): string => `${FOLDER}/${hash}/file`;
const cardPath = (hash: string): string => `${FOLDER}/${hash}/card.json`;

/** A stored net: its file, and what was found out about it. */
export interface StoredNet {
  card: FeatureNetCard;
  bytes: Uint8Array<ArrayBuffer>;
}

function checkedName(name: string): string {
  const trimmed = name.trim();
  const reserved = /^f\.?i\.?d\.?$/i.test(trimmed);
  if (trimmed.length <= LONGEST_NAME && !/[()\p{C}]/u.test(trimmed) && !reserved) return trimmed;
  throw new RetortError(
    'net-name', `"${trimmed}" cannot name a net. Use at most ${LONGEST_NAME} characters without brackets, and not FID, which belongs to the standard weights.`, { name: trimmed },
  );
}

/** The weights as they are, or a refusal to call them FID. */
function inceptionName(hash: string, fileName: string, name: string): Pick<FeatureNetCard, 'name' | 'label'> {
  if (hash === FID_SHA256 || name !== '') return { name: hash === FID_SHA256 ? 'Inception' : name, label: inceptionLabel(hash, name) };
  const begins = hash.slice(0, 8);
  throw new RetortError(
    'weights-unverified',
    `${fileName} has the layers of the FID Inception, but its hash begins with ${begins} and not with ${FID_SHA256.slice(0, 8)}, so distances in it are not FID. Give it a name to see them as FD(name), or take pt_inception-2015-12-05-6726825d.pth.`,
    { file: fileName, begins },
  );
}

async function examine(bytes: Uint8Array<ArrayBuffer>, hash: string, fileName: string, name: string, startOnnx: StartOnnx): Promise<Omit<FeatureNetCard, 'sha256' | 'fileName' | 'bytes' | 'addedAt'>> {
  if (isOnnx(bytes)) {
    const own = name || checkedName(fileName.replace(/\.onnx$/i, '').replace(/[()]/g, '').slice(0, LONGEST_NAME)) || 'ONNX';
    return { kind: 'onnx', name: own, label: distanceName(own), ...(await examineOnnx(bytes, startOnnx)) };
  }
  inceptionWeights(await readWeights(bytes));
  return { kind: 'inception', ...inceptionName(hash, fileName, name), dim: INCEPTION_DIM, inputSize: INCEPTION_SIZE };
}

async function keep(store: Store, card: FeatureNetCard, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const file = await store.create(filePath(card.sha256));
  try {
    file.truncate(0);
    file.write(bytes, 0);
    file.flush();
  } catch (error) {
    file.close();
    await store.remove(`${FOLDER}/${card.sha256}`);
    throw error;
  }
  file.close();
  // Last, so that a net with a card is a whole one.
  await writeText(store, cardPath(card.sha256), JSON.stringify(card));
}

/**
 * Reads a file, finds out which net it is, and keeps it. Nothing is kept of a file that is refused.
 * @param name what distances in the net are to be named after; empty asks for the standard weights, or takes an ONNX file's own name.
 * @throws RetortError `weights-unverified` for the right layers with other weights and no name, `net-name`, `net-too-large`, and what readers of
 * weights and of ONNX throw.
 */
export async function addNet(store: Store, file: File, name: string, startOnnx: StartOnnx, now: number): Promise<FeatureNetCard> {
  const asked = checkedName(name);
  if (file.size > LARGEST) {
    throw new RetortError('net-too-large', `${file.name} has ${file.size} bytes; a feature net may have 1 GB. Take a smaller net.`, { file: file.name, bytes: file.size });
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const hash = await hashOf(bytes);
  const card: FeatureNetCard = { sha256: hash, fileName: file.name, bytes: bytes.length, ...(await examine(bytes, hash, file.name, asked, startOnnx)), addedAt: now };
  await keep(store, card, bytes);
  return card;
}

/** SHA-256 by the browser, which is many times faster than ours where the whole file is in memory anyway. */
async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function cardOf(store: Store, hash: string): Promise<FeatureNetCard | null> {
  const text = await readText(store, cardPath(hash));
  return text === null ? null : (JSON.parse(text) as FeatureNetCard);
}

/** Nets in the store, the last added first. */
export async function listNets(store: Store): Promise<FeatureNetCard[]> {
  const cards = await Promise.all((await store.list(FOLDER)).map((hash) => cardOf(store, hash)));
  return cards.filter((card) => card !== null).toSorted((a, b) => b.addedAt - a.addedAt);
}

/** Removes a net's file; runs that were measured with it keep their figures. */
export function removeNet(store: Store, hash: string): Promise<void> {
  return store.remove(`${FOLDER}/${hash}`);
}

/** @throws RetortError `net-missing` when the net was never added here, or removed. */
export async function loadNet(store: Store, hash: string): Promise<StoredNet> {
  const card = await cardOf(store, hash);
  const file = card && (await store.open(filePath(hash)));
  try {
    if (card && file?.size() === card.bytes) {
      const bytes = new Uint8Array(card.bytes);
      file.read(bytes, 0);
      return { card, bytes };
    }
  } finally {
    file?.close();
  }
  throw new RetortError(
    'net-missing', `The feature net ${hash.slice(0, 8)}… that this recipe measures with is not stored here. Add its file, or leave features.net empty.`, { hash: hash.slice(0, 8) },
  );
}
