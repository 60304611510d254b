/**
 * The three faces of one quantity: images per class, per cent of the training split, megabytes. Images per class is the one that is
 * stored; the others are views of it, and typing into a view finds the images per class that comes nearest without exceeding it.
 */

/** Stops of the slider between one image and everything, about as many as a person can tell apart on a track. */
const STOPS = 140;

/** Images kept when every class keeps at most `perClass`: sum of min(perClass, n_c). */
export function keptCount(perClass: number, classCounts: readonly number[]): number {
  return classCounts.reduce((sum, count) => sum + Math.min(perClass, count), 0);
}

/** Kept share of the training split, in per cent. */
export function keptPercent(perClass: number, classCounts: readonly number[]): number {
  const total = classCounts.reduce((sum, count) => sum + count, 0);
  return total === 0 ? 0 : (100 * keptCount(perClass, classCounts)) / total;
}

/** The largest images per class, at least 1, that keeps no more than `count` images. */
export function perClassForCount(count: number, classCounts: readonly number[]): number {
  let low = 1;
  let high = Math.max(1, ...classCounts);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (keptCount(middle, classCounts) <= count) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function perClassForPercent(percent: number, classCounts: readonly number[]): number {
  const total = classCounts.reduce((sum, count) => sum + count, 0);
  // The slack keeps a percentage that was shown and typed back from losing an image to rounding.
  return perClassForCount((percent / 100) * total + 1e-6 * total, classCounts);
}

/** @param bytesPerImage mean bytes of one exported picture, above 0. */
export function perClassForBytes(bytes: number, classCounts: readonly number[], bytesPerImage: number): number {
  return perClassForCount(bytes / bytesPerImage, classCounts);
}

/** Distinct images per class from 1 to `most`, evenly spaced on a log scale, so that every key press changes something. */
export function ladder(most: number): number[] {
  if (most <= STOPS) return Array.from({ length: Math.max(1, most) }, (_, i) => i + 1);
  const stops = new Set<number>();
  for (let i = 0; i < STOPS; i++) stops.add(Math.round(most ** (i / (STOPS - 1))));
  return [...stops];
}

/** Index of the stop nearest to `perClass` in ratio. */
export function nearestStop(perClass: number, stops: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < stops.length; i++) {
    if (Math.abs(Math.log(stops[i] / perClass)) < Math.abs(Math.log(stops[best] / perClass))) best = i;
  }
  return best;
}

/** Powers of ten (and the end) to label under the track, with their position in [0, 1]. */
export function ticks(stops: readonly number[]): { value: number; at: number }[] {
  const most = stops[stops.length - 1];
  const values: number[] = [];
  for (let value = 1; value <= most; value *= 10) values.push(value);
  // A label right before the end would collide with it.
  if (most / values[values.length - 1] < 1.8) values.pop();
  if (values[values.length - 1] !== most) values.push(most);
  return values.map((value) => ({ value, at: stops.length === 1 ? 0 : nearestStop(value, stops) / (stops.length - 1) }));
}
