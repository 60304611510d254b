import { RetortError } from '../failure';
import { RandomStream } from '../random';
import type { Bundle, Stage, StageContext } from '../runs/types';
import { featuresOptions, type FeaturesOptions } from './features.options';
import type { StartOnnx } from './onnx';
import { startOnnx } from './onnx-link';
import { openNet } from './open';
import type { FeatureNet } from './types';

/** `curve` brings the images sampled after training on an arm; without it the data set's own images are looked at. */
export type FeaturesInputs = Record<string, never> | { curve: Bundle };

/** Images by position, without holding them all. */
interface Images {
  count: number;
  pixels(from: number, to: number): Uint8Array;
}

/** At most `images` of the samples, drawn by the seed: they come ordered by class. */
function sampled({ dataset, seed }: StageContext, { parts }: Bundle, images: number): Images {
  const { size, channels } = dataset.summary;
  const each = size * size * channels;
  const { samples, labels } = parts;
  if (!(samples instanceof Uint8Array) || !labels || samples.length !== labels.length * each) {
    throw new RetortError('artifact-incomplete', 'The stored curve lacks its samples. Delete this run\'s artifacts and start it again.', { part: 'samples' });
  }
  const drawn = new RandomStream(seed, 'features/samples').sample(labels.length, images).sort();
  return {
    count: drawn.length,
    pixels(from, to) {
      const out = new Uint8Array((to - from) * each);
      for (let i = from; i < to; i++) out.set(samples.subarray(drawn[i] * each, (drawn[i] + 1) * each), (i - from) * each);
      return out;
    },
  };
}

/** Test images, then two disjoint halves of training images for the floor, each at most `images`. */
function ofDataSet({ dataset, seed }: StageContext, images: number): Images & { reference: number; half: number } {
  const [test, train] = [dataset.rows('test'), dataset.rows('train')];
  if (test.length < 2 || train.length < 4) {
    throw new RetortError('no-reference', 'There are fewer than two test images to compare with. Read the folder again with a larger hold-out.', { images: test.length });
  }
  const reference = new RandomStream(seed, 'features/reference').sample(test.length, images).sort().map((at) => test[at]);
  const half = Math.min(images, Math.floor(train.length / 2));
  const halves = new RandomStream(seed, 'features/floor').sample(train.length, 2 * half).map((at) => train[at]);
  const rows = Uint32Array.of(...reference, ...halves);
  return { count: rows.length, reference: reference.length, half, pixels: (from, to) => dataset.pixels(rows.subarray(from, to)) };
}

/** Features of all images, [count, dim]; goes on from the checkpoint. */
async function embed(context: StageContext, net: FeatureNet, images: Images): Promise<Float32Array<ArrayBuffer>> {
  const features = new Float32Array(images.count * net.dim);
  const stored = (await context.checkpoint.load())?.parts.features;
  const known = stored instanceof Float32Array ? stored : new Float32Array(0);
  features.set(known);
  for (let from = known.length / net.dim; from < images.count; from += net.batch) {
    context.progress(from, images.count);
    const to = Math.min(images.count, from + net.batch);
    features.set(await net.features(images.pixels(from, to), to - from), from * net.dim);
    const { checkpointDue } = await context.breathe();
    if (checkpointDue) await context.checkpoint.save({ head: {}, parts: { features: features.slice(0, to * net.dim) } });
  }
  context.progress(images.count, images.count);
  return features;
}

/** The stage, with ONNX nets run by `start`. */
export function makeFeaturesStage(start: StartOnnx): Stage<FeaturesOptions, FeaturesInputs> {
  return {
    id: 'features',
    version: 1,
    title: 'Feature net',
    options: featuresOptions,
    shard: 'image',
    async run(context, inputs, options) {
      const { size, channels } = context.dataset.summary;
      const sampledImages = 'curve' in inputs ? sampled(context, inputs.curve, options.images) : null;
      const own = sampledImages ? null : ofDataSet(context, options.images);
      const images = sampledImages ?? (own as NonNullable<typeof own>);
      const net = await openNet(await context.net(options.net), { size, channels }, options, start);
      try {
        const features = await embed(context, net, images);
        const { label, dim, inputSize, preprocessing } = net;
        const parts = own
          ? { reference: own.reference, half: own.half }
          : {};
        return { head: { label, dim, inputSize, preprocessing, net: options.net, count: images.count, ...parts }, parts: { features } };
      } finally {
        net.dispose();
      }
    },
  };
}

/**
 * Features of images under a net that a person brought, batch by batch. Part: `features` [count, dim], of the data set's own images those of the
 * test images first, then both halves of the floor. Head: what the net is called and was fed with, `count`, and `reference` and `half` where the data set was seen.
 */
export const featuresStage = makeFeaturesStage(startOnnx);
