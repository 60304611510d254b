import type { Bench } from './bench';
import { kernels } from './kernels';
import { select } from './select';
import { step } from './step';

/** Everything `npm run bench` can measure. */
export const benches: readonly Bench[] = [select, step, kernels];
