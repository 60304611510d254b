import { RandomStream } from '../../random';
import { capturePicture, project } from './camera';
import { applyDefect } from './defects';
import { Field, SCREEN, SIDE } from './field';
import { PARTS } from './parts/index';
import { Shader } from './shade';
import type { PartSpec } from './types';

/** Side of every sample picture in pixels. */
export const SAMPLE_SIDE = SIDE;

let field: Field | null = null;
const screen = new Float32Array(SCREEN * SCREEN * 3);

/**
 * Renders one part: height field, defect, shading, oblique projection, lens and sensor. The same spec gives the same bytes
 * on every machine.
 *
 * @returns SAMPLE_SIDE x SAMPLE_SIDE x 3 bytes of sRGB, row by row.
 */
export function renderPart(spec: PartSpec): Uint8Array {
  field ??= new Field();
  const { view, capture } = spec;
  field.begin(view, capture.shift);
  const drawn = PARTS[spec.object](field, new RandomStream(spec.shapeSeed, `sample/shape/${spec.object}`), spec.defect);
  applyDefect(field, spec.defect, new RandomStream(spec.shapeSeed, 'sample/defect'));
  field.settle();
  const shader = new Shader(
    field, spec.lighting, spec.backdrop, spec.shapeSeed % 199, view.tilt, spec.material, drawn.second, drawn.third,
  );
  project(field, shader, view.tilt, (drawn.height * view.scale) / 2, screen);
  return capturePicture(screen, spec.lighting.tint, capture);
}
