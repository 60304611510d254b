import { readWeights } from '../formats/torch-file';
import { onnxNormalisation, type FeaturesOptions } from './features.options';
import { inceptionWeights, openInception } from './inception';
import type { StoredNet } from './library';
import { openOnnx, type StartOnnx } from './onnx';
import type { FeatureNet, ImageShape } from './types';

/** A stored net on the open engine, or in a worker of its own, for images of `shape`. The caller disposes it. */
export async function openNet({ card, bytes }: StoredNet, shape: ImageShape, options: FeaturesOptions, startOnnx: StartOnnx): Promise<FeatureNet> {
  const { name, label } = card;
  if (card.kind === 'inception') return openInception(inceptionWeights(await readWeights(bytes)), shape, options.preprocessing, { name, label });
  const normalisation = onnxNormalisation(options);
  const session = await startOnnx(bytes);
  try {
    return await openOnnx(session, shape, { inputSize: options.inputSize, preprocessing: options.preprocessing, normalisation }, { name, label });
  } catch (error) {
    session.close();
    throw error;
  }
}
