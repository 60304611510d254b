import { BODY, BRUSHED, Field, HEIGHT, SCREEN, SECOND, TABLE, TURNED, WIDTH } from './field';
import { MATERIALS, type Material } from './materials';
import { valueNoise } from './noise';
import { smoothStep } from './profile';
import type { Backdrop, Lighting, MaterialName } from './types';

/** Samples in a half frame: turns height differences of neighbours into slopes. */
const SCREEN_SCALE = SCREEN / 2;

/** Slope above which a sample is a wall: its direction comes from the averaged heights. */
const WALL = 1.6;

/** How much the light's direction turns across the picture: the lamps are near, not at infinity. */
const NEARNESS = 0.34;

/** Brightest highlight, in linear light: what a sensor clips anyway. */
const GLARE = 3;

/** Distances of the shadow march in samples. */
const MARCH = [2, 4, 7, 11, 16, 22, 30];

interface Lamp {
  /** Half vector between lamp and camera at the centre of the picture. */
  h: [number, number, number];
  l: [number, number, number];
  power: number;
  /** Added to the squared roughness: a large lamp widens its highlight. */
  size: number;
}

function lamp(azimuth: number, elevation: number, power: number, size: number, tilt: number): Lamp {
  const l: [number, number, number] = [
    Math.cos(elevation) * Math.cos(azimuth), Math.cos(elevation) * Math.sin(azimuth), Math.sin(elevation),
  ];
  const hx = l[0];
  const hy = l[1] + Math.sin(tilt);
  const hz = l[2] + Math.cos(tilt);
  const length = Math.hypot(hx, hy, hz);
  return { h: [hx / length, hy / length, hz / length], l, power, size };
}

/** Shades samples of a settled field. One instance serves one picture. */
export class Shader {
  private readonly lamps: Lamp[];
  private readonly materials: Material[];
  private readonly marchX: Int32Array;
  private readonly marchY: Int32Array;
  private readonly rise: Float64Array;
  private readonly viewY: number;
  private readonly viewZ: number;
  private readonly axis: [number, number];
  /** Where the strip light is mirrored, differently for every picture. */
  private readonly stripAt: number;
  /** Linear light of the last shaded sample. */
  r = 0;
  g = 0;
  b = 0;

  constructor(
    private readonly field: Field,
    private readonly lighting: Lighting,
    private readonly backdrop: Backdrop,
    private readonly grainSeed: number,
    tilt: number,
    body: MaterialName, second: MaterialName, third: MaterialName,
  ) {
    const { azimuth, elevation, key, strip } = lighting;
    this.lamps = [
      lamp(azimuth, elevation, key, 0.09, tilt),
      lamp(azimuth + 2.5, elevation * 0.75, strip, 0.05, tilt),
      lamp(azimuth - 1.7, 1.15, strip * 0.7, 0.12, tilt),
    ];
    this.materials = [MATERIALS[body], MATERIALS[second], MATERIALS[third]];
    const tangent = Math.tan(elevation) / SCREEN_SCALE;
    this.marchX = Int32Array.from(MARCH, (d) => Math.round(d * Math.cos(azimuth)));
    this.marchY = Int32Array.from(MARCH, (d) => Math.round(d * Math.sin(azimuth)));
    this.rise = Float64Array.from(MARCH, (d) => d * tangent);
    this.viewY = Math.sin(tilt);
    this.viewZ = Math.cos(tilt);
    this.axis = field.axis;
    this.stripAt = 0.1 + 0.5 * ((grainSeed % 17) / 17);
  }

  /** Share of the key lamp that reaches sample (i, j), 0 to 1, with a penumbra that widens with distance. */
  private lit(i: number, j: number): number {
    const field = this.field;
    const base = field.height[j * WIDTH + i] + 0.012;
    let blocked = 0;
    for (let s = 0; s < MARCH.length; s++) {
      const x = i + this.marchX[s];
      const y = j + this.marchY[s];
      if (x < 0 || y < 0 || x >= WIDTH || y >= HEIGHT) break;
      const over = field.near[y * WIDTH + x] - base - this.rise[s];
      if (over > 0) blocked = Math.max(blocked, over / (0.03 + 0.25 * this.rise[s]));
    }
    return 1 - Math.min(1, blocked);
  }

  /** Shades column `i`, row `j` into r, g, b. */
  shade(i: number, j: number): void {
    const field = this.field;
    const k = j * WIDTH + i;
    const height = field.height;
    const west = i > 0 ? height[k - 1] : height[k];
    const east = i < WIDTH - 1 ? height[k + 1] : height[k];
    const north = j > 0 ? height[k - WIDTH] : height[k];
    const south = j < HEIGHT - 1 ? height[k + WIDTH] : height[k];
    const half = SCREEN_SCALE / 2;
    let nx = (west - east) * half;
    let ny = (north - south) * half;
    const near = 1 / (1 + 7 * Math.max(0, field.near[k] - height[k]));
    const occlusion = near / (1 + 5.5 * Math.max(0, field.far[k] - height[k]));
    const x = field.columnX(i);
    const y = field.rowY(j);
    if (field.surface[k] === TABLE) {
      this.shadeTable(x, y, occlusion, this.lit(i, j));
      return;
    }
    const slope = Math.sqrt(nx * nx + ny * ny);
    if (slope > WALL && i > 0 && j > 0 && i < WIDTH - 1 && j < HEIGHT - 1) {
      const gx = field.near[k - 1] - field.near[k + 1];
      const gy = field.near[k - WIDTH] - field.near[k + WIDTH];
      const length = Math.sqrt(gx * gx + gy * gy);
      if (length > 1e-6) {
        nx = (gx / length) * WALL * 1.6;
        ny = (gy / length) * WALL * 1.6;
      }
    }
    this.shadePart(k, x, y, nx, ny, occlusion, this.lit(i, j));
  }

  private shadePart(k: number, x: number, y: number, slopeX: number, slopeY: number, occlusion: number, lit: number): void {
    const field = this.field;
    const surface = field.surface[k];
    const material = this.materials[surface === BODY ? 0 : surface === SECOND ? 1 : 2];
    const finish = field.finish[k];
    const rust = field.rust[k];
    const wear = field.wear[k];
    let roughness = material.roughness;
    let grain = 0;
    let tx = 1;
    let ty = 0;
    if (finish !== 0 && material.grain > 0) {
      const px = x - field.centreX;
      const py = y - field.centreY;
      if (finish === TURNED) {
        const r = Math.sqrt(px * px + py * py) + 1e-6;
        tx = -py / r;
        ty = px / r;
        grain = valueNoise(r * 62 + this.grainSeed, px * 2.2 + py * 1.7) - 0.5;
      } else if (finish === BRUSHED) {
        tx = this.axis[0];
        ty = this.axis[1];
        grain = valueNoise((px * tx + py * ty) * 3.2, (py * tx - px * ty) * 58 + this.grainSeed) - 0.5;
      }
      grain *= material.grain;
    }
    // Walls were turned or sawn, not ground; it also hides what is left of the raster in their direction.
    const steep = slopeX * slopeX + slopeY * slopeY > WALL * WALL;
    roughness = Math.max(roughness, 0.75 * rust, 0.4 * wear, steep ? 0.5 : 0);
    // Machining marks tilt the surface across their own direction.
    let nx = slopeX - ty * grain * 0.16;
    let ny = slopeY + tx * grain * 0.16;
    const norm = 1 / Math.sqrt(1 + nx * nx + ny * ny);
    nx *= norm;
    ny *= norm;
    const nz = norm;

    let specular = 0;
    let diffuse = 0;
    // Marks scatter light across themselves and keep it together along themselves.
    const spread = finish === 0 || steep ? 1 : 1 + 0.9 * material.grain;
    for (let s = 0; s < this.lamps.length; s++) {
      const { h, l, power, size } = this.lamps[s];
      const reach = s === 0 ? lit : 0.35 + 0.65 * occlusion;
      const nl = nx * l[0] + ny * l[1] + nz * l[2];
      if (nl <= 0) continue;
      const hx = h[0] - NEARNESS * x;
      const hy = h[1] - NEARNESS * y;
      const hz = h[2];
      const nh = nx * hx + ny * hy + nz * hz;
      const th = tx * hx + ty * hy;
      const bh = -ty * hx + tx * hy - nh * (-ty * nx + tx * ny);
      const alpha = roughness * roughness + size;
      const along = alpha / spread;
      const across = alpha * spread;
      const ta = (th - nh * (tx * nx + ty * ny)) / along;
      const ba = bh / across;
      // Anisotropic GGX (Burley 2012), up to the shadowing term.
      const d = ta * ta + ba * ba + nh * nh;
      specular += (power * reach * nl * 0.08) / (along * across * d * d);
      diffuse += power * reach * nl;
    }
    specular = Math.min(specular, GLARE);
    // The dome: bright overhead, a strip reflected across, dark towards the horizon.
    const nv = ny * this.viewY + nz * this.viewZ;
    const rz = 2 * nv * nz - this.viewZ;
    const rx = 2 * nv * nx - NEARNESS * x;
    const ry = 2 * nv * ny - this.viewY - NEARNESS * y;
    const { dome } = this.lighting;
    const over = smoothStep(-0.15, 0.95, rz);
    const acrossStrip = rx * 0.8 + ry * 0.6;
    const strip = smoothStep(0.36, 0.1, Math.abs(acrossStrip - this.stripAt)) * smoothStep(0, 0.4, rz);
    const grazing = 1 - Math.max(0, nv);
    const fresnel = grazing * grazing * grazing * grazing;
    const mirrored = dome * (0.05 + 0.27 * over * over + 0.8 * strip) * occlusion + specular * (0.4 + 0.6 * occlusion);
    const scattered = dome * (0.55 + 0.45 * nz) * occlusion * 1.2 + diffuse * 0.75;

    const mark = (1 + 0.34 * grain) * (1 - 0.8 * field.stain[k]);
    const clean = 1 - rust;
    const bright = 1 + 0.9 * wear;
    const patina = rust > 0 ? 0.45 + 0.9 * valueNoise(x * 34 + this.grainSeed, y * 34) : 0;
    const m = material.mirror;
    const s = material.matte;
    const ash = wear * 0.12;
    this.r = mark * (clean * bright * ((m[0] + (1 - m[0]) * fresnel * 0.5) * mirrored + (s[0] + ash) * scattered) + rust * patina * (0.3 * scattered + 0.02 * mirrored));
    this.g = mark * (clean * bright * ((m[1] + (1 - m[1]) * fresnel * 0.5) * mirrored + (s[1] + ash) * scattered) + rust * patina * (0.115 * scattered + 0.02 * mirrored));
    this.b = mark * (clean * bright * ((m[2] + (1 - m[2]) * fresnel * 0.5) * mirrored + (s[2] + ash) * scattered) + rust * patina * (0.035 * scattered + 0.02 * mirrored));
  }

  private shadeTable(x: number, y: number, occlusion: number, lit: number): void {
    const { key, strip, dome, elevation } = this.lighting;
    const u = x - this.field.shiftX;
    const v = y - this.field.shiftY;
    const seed = this.grainSeed;
    let r = 0.2;
    let g = 0.2;
    let b = 0.2;
    if (this.backdrop === 'grey-mat') {
      // Felt: short fibres in two directions over slow unevenness.
      const fibre = valueNoise(u * 44 + seed, v * 16) + valueNoise(u * 15, v * 46 + seed) - 1;
      const tone = 0.15 + 0.035 * fibre + 0.03 * (valueNoise(u * 3.1 + seed, v * 3.1) - 0.5);
      r = tone;
      g = tone * 1.01;
      b = tone * 1.03;
    } else if (this.backdrop === 'light-box') {
      const tone = 0.74 + 0.04 * (valueNoise(u * 1.7 + seed, v * 1.7) - 0.5) - 0.05 * (u * u + v * v);
      r = g = b = tone;
    } else if (this.backdrop === 'foam') {
      const pore = valueNoise(u * 22 + seed, v * 22);
      const tone = 0.036 + 0.034 * pore * pore;
      r = tone;
      g = tone * 1.02;
      b = tone * 1.08;
    } else {
      const line = Math.min(gridLine(u + seed * 0.013), gridLine(v + seed * 0.029));
      const grainy = 1 + 0.16 * (valueNoise(u * 30 + seed, v * 30) - 0.5);
      const print = 0.55 * smoothStep(0.022, 0.008, line);
      r = grainy * (0.022 + 0.1 * print);
      g = grainy * (0.088 + 0.14 * print);
      b = grainy * (0.094 + 0.12 * print);
    }
    const direct = Math.sin(elevation) * key * lit + strip * (0.3 + 0.55 * occlusion);
    const light = 0.8 * direct + dome * occlusion * occlusion * 1.2;
    this.r = r * light;
    this.g = g * light;
    this.b = b * light;
  }
}

/** Distance to the nearest line of a grid a third of a half frame wide. */
function gridLine(x: number): number {
  const cell = x / 0.34;
  return Math.abs(cell - Math.round(cell)) * 0.34;
}

