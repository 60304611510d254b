import { join } from 'node:path';
import { renderPart, SAMPLE_SEED } from '../../workers/data/sample/index';
import { planSample } from '../../workers/data/sample/plan';
import { SAMPLE_SIDE } from '../../workers/data/sample/render';
import { encodePng } from '../../workers/formats/png';
import { writeFiles } from '../support/images';

export interface SampleFolder {
  path: string;
  files: { path: string; bytes: Uint8Array }[];
  /** Files whose bytes an earlier file of the folder has too, as planted. */
  repeated: string[];
}

/**
 * A part of the sample set as a real folder: the first pictures of some classes, and for each class one planted pair of exact
 * duplicates where the class has one. Only these are drawn, which takes seconds less than the whole set.
 */
export async function sampleFolder(parent: string, classes: readonly string[], perClass: number): Promise<SampleFolder> {
  const plan = planSample(SAMPLE_SEED);
  const place = new Map(plan.map((file) => [file.path, file]));
  const chosen = new Set<string>();
  const repeated: string[] = [];
  for (const name of classes) {
    const own = plan.filter(({ path }) => path.startsWith(`${name}/`));
    const twin = own.find(({ truth }) => truth.planted === 'exact-duplicate' && truth.partner.startsWith(`${name}/`));
    if (twin) {
      chosen.add(twin.path).add(twin.truth.partner);
      repeated.push([twin.path, twin.truth.partner].toSorted()[1]);
    }
    for (const { path } of own.filter(({ truth }) => truth.planted === 'none').slice(0, perClass - (twin ? 2 : 0))) chosen.add(path);
  }
  const files = [...chosen].toSorted().map((path) => {
    const file = place.get(path);
    if (!file) throw new Error(`The plan of the sample set names ${path} but does not hold it.`);
    return { path, bytes: encodePng(renderPart(file.spec), SAMPLE_SIDE, SAMPLE_SIDE, 3) };
  });
  const path = join(parent, 'parts');
  await writeFiles(path, files);
  return { path, files, repeated: repeated.toSorted() };
}
