import { classwise } from './types';

/** The easiest images: the ablation "Min", and interval sampling with stride 1. */
export const min = classwise('min', (ranked, count) => ranked.slice(0, count));

/** The hardest images, hardest first. */
export const max = classwise('max', (ranked, count) => ranked.slice(ranked.length - count).reverse());

/** From the median rank outwards, one step harder and one step easier in turn, so every pick list is a window around it. */
export const medium = classwise('medium', (ranked, count) => {
  const middle = Math.floor((ranked.length - 1) / 2);
  return Uint32Array.from({ length: count }, (_, i) => ranked[middle + (i % 2 === 1 ? (i + 1) / 2 : -i / 2)]);
});
