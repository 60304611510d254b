import type { Bench } from './bench';
import { select } from './select';

/** Everything `npm run bench` can measure. */
export const benches: readonly Bench[] = [select];
