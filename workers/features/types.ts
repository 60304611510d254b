/** A net whose features distances are measured in. */
export interface FeatureNet {
  readonly name: string;
  /** What a Frechet distance in its features may be called: `FID` for the standard weights alone, else `FD(name)`. */
  readonly label: string;
  /** Dimensions of a feature vector. */
  readonly dim: number;
  /** Side in pixels that images are brought to before they go in. */
  readonly inputSize: number;
  readonly preprocessing: Preprocessing;
  /** Images worth handing over in one call. */
  readonly batch: number;
  /** Features of `count` images (uint8 NHWC of the size and channels the net was opened for), row-major [count, dim]. */
  features(pixels: Uint8Array, count: number): Promise<Float32Array<ArrayBuffer>>;
  dispose(): void;
}

/**
 * How an image is brought to the net's size: `pytorch` is bilinear between pixel centres without antialias, `tensorflow` TensorFlow 1's bilinear
 * from the corner, `clean` Pillow's bicubic with antialias.
 */
export type Preprocessing = 'pytorch' | 'tensorflow' | 'clean';

/** Shape of the images of a data set. */
export interface ImageShape {
  size: number;
  channels: 1 | 3;
}

/** Name of a Frechet distance in the features of a net that is not the standard Inception. */
export function distanceName(net: string): string {
  return `FD(${net})`;
}
