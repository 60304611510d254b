/**
 * `dataset.json` at the root of a zip, as EDM and StyleGAN read it: pairs of a path inside the zip and a label.
 * One pair a line, so that it can be written and read piece by piece.
 */
export function writeDatasetJson(labels: readonly { name: string; label: number }[]): string {
  const pairs = labels.map(({ name, label }) => `  [${JSON.stringify(name)}, ${label}]`);
  return `{"labels": [\n${pairs.join(',\n')}\n]}\n`;
}
