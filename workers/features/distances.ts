import { frechetDistanceOf } from '../metrics/frechet';
import { kernelDistance } from '../metrics/kernel';

/** FD and KID between row-major samples a [n, d] and b [m, d]. */
export interface Distances {
  frechet(a: Float32Array<ArrayBuffer>, n: number, b: Float32Array<ArrayBuffer>, m: number, d: number): Promise<number>;
  kernel(a: Float32Array<ArrayBuffer>, n: number, b: Float32Array<ArrayBuffer>, m: number, d: number): Promise<number>;
}

/** Computed where it is called. */
export const directDistances: Distances = {
  frechet: async (a, n, b, m, d) => frechetDistanceOf(a, n, b, m, d),
  kernel: async (a, n, b, m, d) => kernelDistance(a, n, b, m, d),
};
