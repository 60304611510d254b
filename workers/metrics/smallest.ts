/** Puts `value` among the k ascending values at `from`, where it is smaller than the last. */
export function insertSmallest(smallest: Float64Array, from: number, k: number, value: number): void {
  let at = from + k - 1;
  if (!(value < smallest[at])) return;
  for (; at > from && smallest[at - 1] > value; at--) smallest[at] = smallest[at - 1];
  smallest[at] = value;
}
