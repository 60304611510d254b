import type { Strategy } from '../../../protocol';
import { bestof } from './bestof';
import { max, medium, min } from './extremes';
import { herding } from './herding';
import { interval } from './interval';
import { kcenter } from './kcenter';
import { match } from './match';
import { random, stratified } from './random';
import type { StrategyDefinition } from './types';

/** Every strategy by its id; a new one is a file here and a line below. */
export const strategies: Record<Strategy, StrategyDefinition> = { interval, min, max, medium, random, stratified, herding, kcenter, bestof, match };
