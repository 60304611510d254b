import { figure, type ClassFacts } from './facts';
import type { Arm, CurvePoint } from '../protocol';

/**
 * Small static charts. SVG and never PNG, because loaders such as EDM's take every picture in a zip for data. Colours differ
 * in lightness too and lines in their dashes, so that print and colour blindness lose nothing.
 */

const WIDTH = 640;
const FONT = 'font-family="system-ui, sans-serif" font-size="12"';

export function escapeXml(text: string): string {
  // Control characters are not allowed in XML at all, even escaped.
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function svg(height: number, title: string, body: string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeXml(title)}" ${FONT}>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`, ...body, '</svg>', '',
  ].join('\n');
}

const at = (value: number): string => String(Math.round(value * 100) / 100);

const ARMS: { arm: Arm; label: string; colour: string; dash: string }[] = [
  { arm: 'method', label: 'this set', colour: '#0b5cad', dash: '' },
  { arm: 'random', label: 'random, same size', colour: '#c4620a', dash: ' stroke-dasharray="6 4"' },
  { arm: 'full', label: 'all images', colour: '#4d4d4d', dash: ' stroke-dasharray="2 3"' },
];

/** About five round numbers from 0 to at least `most`. */
function ticks(most: number): number[] {
  const raw = most / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 2.5, 5, 10].find((each) => each * power >= raw) ?? 10);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, i) => i * step);
}

/** FD(domain) over training steps for each arm, with the noise floor as a band. Empty string when there is no point to draw. */
export function curveChart(curves: Record<Arm, readonly CurvePoint[]>, floor: number): string {
  const points = ARMS.flatMap(({ arm }) => curves[arm]).filter(({ fd }) => Number.isFinite(fd));
  if (points.length === 0) return '';
  const box = { left: 56, right: WIDTH - 16, top: 36, bottom: 264 };
  const lastStep = Math.max(1, ...points.map(({ step }) => step));
  const levels = ticks(Math.max(floor, ...points.map(({ fd }) => fd)) || 1);
  const top = levels[levels.length - 1];
  const x = (step: number) => at(box.left + (step / lastStep) * (box.right - box.left));
  const y = (fd: number) => at(box.bottom - (fd / top) * (box.bottom - box.top));
  const body = levels.flatMap((level) => [
    `<line x1="${box.left}" x2="${box.right}" y1="${y(level)}" y2="${y(level)}" stroke="#dddddd"/>`,
    `<text x="${box.left - 6}" y="${y(level)}" text-anchor="end" dominant-baseline="middle">${figure(level)}</text>`,
  ]);
  body.push(`<rect x="${box.left}" width="${box.right - box.left}" y="${y(floor)}" height="${at((floor / top) * (box.bottom - box.top))}" fill="#000000" fill-opacity="0.08"><title>noise floor ${figure(floor)}</title></rect>`);
  ARMS.forEach(({ arm, label, colour, dash }, index) => {
    const line = curves[arm].filter(({ fd }) => Number.isFinite(fd)).map(({ step, fd }) => `${x(step)},${y(fd)}`).join(' ');
    const left = box.left + index * 180;
    body.push(
      `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>`,
      `<line x1="${left}" x2="${left + 24}" y1="18" y2="18" stroke="${colour}" stroke-width="2"${dash}/>`,
      `<text x="${left + 30}" y="18" dominant-baseline="middle">${label}</text>`,
    );
  });
  body.push(
    `<text x="${box.left}" y="284">0</text>`,
    `<text x="${box.right}" y="284" text-anchor="end">${lastStep} steps</text>`,
    `<text x="${WIDTH / 2}" y="284" text-anchor="middle">training steps; FD(domain), lower is better; band: noise floor</text>`,
  );
  return svg(296, 'FD(domain) while training on this set, a random set of the same size, and all images', body);
}

/** Training images and kept images of every class, as pairs of bars on one scale. */
export function classChart(classes: readonly ClassFacts[]): string {
  const row = 34;
  const left = 176;
  const most = Math.max(1, ...classes.map(({ before }) => before));
  const width = (count: number) => at((count / most) * (WIDTH - left - 64));
  const body = classes.flatMap(({ name, before, after }, index) => {
    const y = 32 + index * row;
    const shown = Array.from(name).length > 24 ? `${Array.from(name).slice(0, 23).join('')}…` : name;
    return [
      `<text x="${left - 8}" y="${y + 13}" text-anchor="end" dominant-baseline="middle">${escapeXml(shown)}</text>`,
      `<rect x="${left}" y="${y}" width="${width(before)}" height="12" fill="#b8c4d0"/>`,
      `<text x="${at(left + Number(width(before)) + 6)}" y="${y + 6}" dominant-baseline="middle" fill="#555555">${before}</text>`,
      `<rect x="${left}" y="${y + 13}" width="${width(after)}" height="12" fill="#0b5cad"/>`,
      `<text x="${at(left + Number(width(after)) + 6)}" y="${y + 19}" dominant-baseline="middle">${after}</text>`,
    ];
  });
  body.unshift('<text x="8" y="16">Images per class: light, training images; dark, kept here</text>');
  return svg(40 + classes.length * row, 'Training images and kept images of every class', body);
}
