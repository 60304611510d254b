import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { openTestEngine } from '../engine/engine.testing';
import { read } from '../engine/tensors';
import { readWeights } from '../formats/torch-file';
import { inceptionForward, inceptionWeights, placeInception } from './inception';

/**
 * `tsx inception.check.testing.ts FOLDER SIDE`, called by scripts/check-inception.py: reads FOLDER/weights.pth and the image in FOLDER/image.f32 (SIDE
 * px, channels last), and writes every block's output and the features to FOLDER as raw float32, channels last.
 */
const [folder, side] = [process.argv[2], Number(process.argv[3])];
const bytes = (name: string): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(path.join(folder, name)));
const engine = await openTestEngine('wasm');
const params = placeInception(inceptionWeights(await readWeights(bytes('weights.pth'))));
const image = new Float32Array(bytes('image.f32').buffer);
const keep = async (name: string, output: tf.Tensor): Promise<void> => writeFileSync(path.join(folder, `${name}.f32`), new Uint8Array((await read(output)).slice().buffer));
const features = await inceptionForward(params, tf.tensor4d(image, [1, side, side, 3]), keep);
await keep('features', features);
engine.close();
