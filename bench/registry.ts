import { audit } from './audit';
import type { Bench } from './bench';
import { halves, kernels } from './kernels';
import { match } from './match';
import { quality } from './quality';
import { select } from './select';
import { step } from './step';

/** Everything `npm run bench` can measure. */
export const benches: readonly Bench[] = [select, match, quality, audit, step, kernels, halves];
