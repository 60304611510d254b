import { appJa } from '../app/copy.ja';
import { arriveJa } from '../features/arrive/copy.ja';
import { compareJa } from '../features/compare/copy.ja';
import { condenseJa } from '../features/condense/copy.ja';
import { engineJa } from '../features/engine/copy.ja';
import { exportJa } from '../features/export/copy.ja';
import { intakeJa } from '../features/intake/copy.ja';
import { netsJa } from '../features/nets/copy.ja';
import { observeJa } from '../features/observe/copy.ja';
import { runsJa } from '../features/runs/copy.ja';

export { jaFailures } from './ja-failures';
export { jaOptions } from './ja-options';

/** The Japanese catalogue, loaded when it is asked for. */
export const ja = {
  app: appJa, arrive: arriveJa, intake: intakeJa, condense: condenseJa, compare: compareJa, observe: observeJa, runs: runsJa, engine: engineJa, export: exportJa, nets: netsJa,
};
