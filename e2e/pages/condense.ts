import { expect, type Locator, type Page } from '@playwright/test';

/** Options by the stage's name on the page and the option's label. */
export type StageOptions = Record<string, Record<string, string | number>>;

/**
 * The smallest run whose every part is real: two encoders, a scorer, scores with agreement, two selections, three curves
 * with points, a teacher and students, an evaluation.
 */
export const tiny: StageOptions = {
  'Encoder for methods': { Epochs: 1, 'Min steps': 30, Batch: 16, Width: 8 },
  'Encoder for judging': { Epochs: 1, 'Min steps': 30, Batch: 16, Width: 8 },
  Scorer: { Width: 8, Steps: 40, Batch: 16, 'Preview every': 10, 'Sampler steps': 4 },
  'Difficulty scores': { Timesteps: 4, 'Agreement images': 24 },
  Teacher: { Epochs: 1, 'Min steps': 10, Batch: 16, Width: 8 },
  Students: { Seeds: 1, Steps: 6, Batch: 8, Width: 8 },
  'Training curve': { Width: 8, Steps: 20, Batch: 16, 'Evaluate every': 10, Samples: 16, 'Sampler steps': 2 },
};

/** The same options under other values, a stage at a time. */
export function vary(base: StageOptions, changes: StageOptions): StageOptions {
  return Object.fromEntries(Object.entries(base).map(([stage, options]) => [stage, { ...options, ...changes[stage] }]));
}

/** The screen that says how small and how thorough, and, once there are scores, what stays. */
export class CondensePage {
  constructor(private readonly page: Page) {}

  async open(): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Steps' }).getByRole('link', { name: 'Condense' }).click();
    await expect(this.page.getByRole('slider', { name: 'How small: images per class' })).toBeVisible();
  }

  get slider(): Locator {
    return this.page.getByRole('slider', { name: 'How small: images per class' });
  }

  async perClass(images: number): Promise<void> {
    const field = this.page.getByRole('spinbutton', { name: 'Per class' });
    await field.fill(String(images));
    await field.press('Enter');
  }

  /** Types options into the advanced form. */
  async set(stages: StageOptions): Promise<void> {
    const form = this.page.locator('details.group', { hasText: 'Advanced options' });
    await expect(form).toBeVisible();
    if (!(await form.evaluate((element: HTMLDetailsElement) => element.open))) await form.locator('summary').first().click();
    for (const [stage, options] of Object.entries(stages)) {
      const part = form.locator('details').filter({ has: this.page.locator('summary').getByText(stage, { exact: true }) });
      if (!(await part.evaluate((element: HTMLDetailsElement) => element.open))) await part.locator('summary').click();
      for (const [label, value] of Object.entries(options)) await part.getByLabel(label, { exact: true }).fill(String(value));
    }
  }

  async start(name: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Run name' }).fill(name);
    await this.page.getByRole('button', { name: 'Start run' }).click();
    await expect(this.page.getByRole('heading', { name, level: 1 })).toBeVisible();
  }

  /** `N of M picked` under the heading of the selection. */
  async picked(): Promise<number> {
    const text = await this.page.getByText(/ picked in .* ms/).innerText();
    return Number(/^([\d,]+) of/.exec(text)?.[1].replaceAll(',', ''));
  }

  /** The histogram as the numbers in its table: images and picks by bin. */
  async histogram(): Promise<{ images: number[]; picked: number[] }> {
    const figure = this.page.getByRole('figure', { name: 'Difficulty of every image' });
    const toggle = figure.getByRole('button', { name: /Show table/ });
    await toggle.click();
    const cells = await figure.getByRole('row').evaluateAll((rows) => rows.slice(1).map((row) => [...row.children].slice(2).map((cell) => Number((cell.textContent ?? '').replaceAll(',', '')))));
    await toggle.click();
    return { images: cells.map(([images]) => images), picked: cells.map(([, picked]) => picked) };
  }
}
