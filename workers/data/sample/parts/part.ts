import type { RandomStream } from '../../../random';
import type { Field } from '../field';
import type { Defect, MaterialName } from '../types';

/** How a drawn part wants to be shaded. */
export interface DrawnPart {
  /** Height of the whole part in half frames at scale 1; the camera centres on half of it. */
  height: number;
  /** Materials of the surface codes SECOND and THIRD; BODY is the spec's material. */
  second: MaterialName;
  third: MaterialName;
}

/** Draws a part into the field. All dimensions come from `random`; geometric defects are built in here. */
export type PartDrawer = (field: Field, random: RandomStream, defect: Defect) => DrawnPart;

/** A part of one material. */
export function plainPart(height: number): DrawnPart {
  return { height, second: 'steel', third: 'rubber' };
}
