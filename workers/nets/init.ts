import type { RandomStream } from '../random';

/**
 * One parameter of a net. `sites` is the number of positions of one image at which the parameter is multiplied in (output
 * height x width of a convolution, tokens of a linear layer); 0 for biases, norms and tables, which count as free.
 */
export interface ParameterSpec {
  name: string;
  shape: number[];
  /** `fan-in`: normal with variance 1 / fan-in (LeCun), fan-in being all axes but the last. `normal`: unit variance. */
  init: 'fan-in' | 'normal' | 'zero' | 'one';
  sites: number;
}

export type InitialParams = Record<string, { shape: number[]; values: Float32Array<ArrayBuffer> }>;

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Draws all parameters in the order of `specs`, so that a net's initial weights depend on the stream alone. */
export function initialise(specs: readonly ParameterSpec[], stream: RandomStream): InitialParams {
  const params: InitialParams = {};
  for (const { name, shape, init } of specs) {
    const size = sizeOf(shape);
    const values = new Float32Array(size);
    if (init === 'one') values.fill(1);
    if (init === 'fan-in' || init === 'normal') {
      stream.normals(values);
      const deviation = init === 'normal' ? 1 : 1 / Math.sqrt(size / shape[shape.length - 1]);
      for (let i = 0; i < size; i++) values[i] *= deviation;
    }
    params[name] = { shape: [...shape], values };
  }
  return params;
}

/** Specs of a k x k convolution with bias that is evaluated at side x side positions. */
export function convolutionSpecs(
  name: string, kernel: number, from: number, to: number, side: number, init: 'fan-in' | 'zero' = 'fan-in',
): ParameterSpec[] {
  return [
    { name: `${name}/w`, shape: [kernel, kernel, from, to], init, sites: side * side },
    { name: `${name}/b`, shape: [to], init: 'zero', sites: 0 },
  ];
}

/** Specs of a linear layer with bias that is evaluated for `sites` vectors an image. */
export function linearSpecs(
  name: string, from: number, to: number, sites: number, init: 'fan-in' | 'zero' = 'fan-in',
): ParameterSpec[] {
  return [
    { name: `${name}/w`, shape: [from, to], init, sites },
    { name: `${name}/b`, shape: [to], init: 'zero', sites: 0 },
  ];
}

/** Scale and offset of a normalisation over `channels`. */
export function normSpecs(name: string, channels: number): ParameterSpec[] {
  return [
    { name: `${name}/g`, shape: [channels], init: 'one', sites: 0 },
    { name: `${name}/b`, shape: [channels], init: 'zero', sites: 0 },
  ];
}
