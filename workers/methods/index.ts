import type { Recipe } from '../protocol';
import { d2c } from './d2c/method';
import type { Method } from './method';

export const methods: Record<Recipe['method'], Method> = { d2c };
