import { appEn } from '../app/copy.en';
import { arriveEn } from '../features/arrive/copy.en';
import { compareEn } from '../features/compare/copy.en';
import { condenseEn } from '../features/condense/copy.en';
import { engineEn } from '../features/engine/copy.en';
import { exportEn } from '../features/export/copy.en';
import { intakeEn } from '../features/intake/copy.en';
import { netsEn } from '../features/nets/copy.en';
import { observeEn } from '../features/observe/copy.en';
import { runsEn } from '../features/runs/copy.en';

/** The English catalogue. Its keys are the type of every `t()` call. */
export const en = {
  app: appEn, arrive: arriveEn, intake: intakeEn, condense: condenseEn, compare: compareEn, observe: observeEn, runs: runsEn, engine: engineEn, export: exportEn, nets: netsEn,
} as const;
