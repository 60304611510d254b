/** Upper end of a scale that keeps still while values wander: the next of 1, 2, 5 times a power of ten. */
export function scaleEnd(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((end) => end >= value * 1.02) ?? 10 * power;
}
