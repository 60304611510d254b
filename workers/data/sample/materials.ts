import type { MaterialName } from './types';

/** Reflectance in linear light; roughness across and along the machining marks. */
export interface Material {
  /** Mirror reflectance by channel. */
  mirror: readonly [number, number, number];
  /** Scattered reflectance by channel. */
  matte: readonly [number, number, number];
  roughness: number;
  /** Strength of machining marks, 0 to 1. */
  grain: number;
}

function metal(r: number, g: number, b: number, roughness: number, grain: number, scatter = 0.1): Material {
  return { mirror: [r, g, b], matte: [r * scatter, g * scatter, b * scatter], roughness, grain };
}

function dull(r: number, g: number, b: number, roughness: number, gloss = 0.05): Material {
  return { mirror: [gloss, gloss, gloss], matte: [r, g, b], roughness, grain: 0 };
}

export const MATERIALS: Record<MaterialName, Material> = {
  steel: metal(0.53, 0.54, 0.56, 0.3, 0.8),
  stainless: metal(0.64, 0.62, 0.6, 0.22, 0.7),
  chrome: metal(0.66, 0.68, 0.71, 0.13, 0),
  zinc: metal(0.6, 0.65, 0.72, 0.28, 0.25, 0.13),
  'yellow-zinc': metal(0.72, 0.53, 0.29, 0.3, 0.3, 0.13),
  brass: metal(0.9, 0.6, 0.25, 0.26, 0.6),
  bronze: metal(0.68, 0.42, 0.22, 0.3, 0.7, 0.13),
  copper: metal(0.85, 0.46, 0.32, 0.27, 0.5),
  'black-oxide': { mirror: [0.1, 0.1, 0.11], matte: [0.03, 0.03, 0.033], roughness: 0.32, grain: 0.3 },
  aluminium: metal(0.78, 0.79, 0.8, 0.34, 0.9),
  'anodised-blue': { mirror: [0.07, 0.24, 0.82], matte: [0.006, 0.03, 0.16], roughness: 0.24, grain: 0.35 },
  rubber: dull(0.025, 0.024, 0.026, 0.5),
  nylon: dull(0.09, 0.075, 0.05, 0.4),
  'red-plastic': dull(0.5, 0.05, 0.04, 0.2, 0.07),
  'yellow-paint': dull(0.68, 0.4, 0.04, 0.3, 0.06),
  'white-plastic': dull(0.7, 0.69, 0.65, 0.25, 0.06),
  wood: dull(0.5, 0.33, 0.17, 0.6, 0.03),
};
