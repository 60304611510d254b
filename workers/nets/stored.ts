import { RetortError } from '../failure';
import type { Bundle } from '../runs/types';
import { foldedNames, type ConvNet, type FoldedWeights } from './convnet';

/** Prefix of folded weights among the parts of an artifact. */
export const WEIGHTS = 'w/';

/** The parts with `prefix` put before their names. */
export function prefixed(prefix: string, arrays: Record<string, Float32Array<ArrayBuffer>>): Bundle['parts'] {
  return Object.fromEntries(Object.entries(arrays).map(([name, values]) => [prefix + name, values]));
}

/** The float parts whose names start with `prefix`, without it. */
export function unprefixed(prefix: string, parts: Bundle['parts']): Record<string, Float32Array<ArrayBuffer>> {
  const found: Record<string, Float32Array<ArrayBuffer>> = {};
  for (const [name, values] of Object.entries(parts)) {
    if (name.startsWith(prefix) && values instanceof Float32Array) found[name.slice(prefix.length)] = values;
  }
  return found;
}

/** The folded weights of a stored artifact. @throws RetortError `artifact-incomplete` when some are missing. */
export function storedWeights(net: ConvNet, bundle: Bundle): FoldedWeights {
  const weights = unprefixed(WEIGHTS, bundle.parts);
  for (const name of foldedNames(net)) {
    if (!(name in weights)) {
      throw new RetortError('artifact-incomplete', `A stored result lacks its part "${name}". Delete the run and start it again.`, { part: name });
    }
  }
  return weights;
}
