/** Round numbers that divide 0..`most`, or `least`..`most`, into about `wanted` parts. */
export function niceTicks(least: number, most: number, wanted: number): number[] {
  const span = most - least;
  if (!(span > 0) || !Number.isFinite(span)) return [least];
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(least / step - 1e-9);
  const last = Math.floor(most / step + 1e-9);
  // From whole multiples, so that no rounding error grows along the axis.
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Curves whose lowest point is above this share of the highest would crowd at the top of an axis from 0. */
const CROWDED = 0.35;

/** The ends of an axis for `values`, with some room; from 0 where the values come near it. */
export function rangeOf(values: readonly number[]): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (values.length === 0 || !(most > least)) return [Math.min(0, least || 0), Math.max(1e-9, most || 0) * 1.1];
  const room = 0.08 * (most - least);
  return [least > CROWDED * most ? least - room : Math.min(0, least), most + room];
}
