import type { SampleObject } from '../types';
import { drawBearing } from './bearing';
import { drawBracket } from './bracket';
import { drawBolt, drawHexNut } from './fasteners';
import { drawGear } from './gear';
import type { PartDrawer } from './part';
import { drawBushing, drawFlange, drawLockWasher, drawWasher } from './rings';
import { drawSpring } from './spring';
import { drawButton, drawDie, drawNothing, drawPencil } from './strangers';

export const PARTS: Record<SampleObject, PartDrawer> = {
  bearing: drawBearing,
  bolt: drawBolt,
  bracket: drawBracket,
  bushing: drawBushing,
  flange: drawFlange,
  gear: drawGear,
  'hex-nut': drawHexNut,
  'lock-washer': drawLockWasher,
  spring: drawSpring,
  washer: drawWasher,
  button: drawButton,
  pencil: drawPencil,
  die: drawDie,
  nothing: drawNothing,
};
