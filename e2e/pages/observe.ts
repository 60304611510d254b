import { expect, type Locator, type Page } from '@playwright/test';

const MINUTE = 60_000;

/** The screen of the run, and the bar with its controls. */
export class ObservePage {
  constructor(private readonly page: Page) {}

  get controls(): Locator {
    return this.page.getByRole('region', { name: 'Run controls' });
  }

  control(name: 'Pause' | 'Step' | 'Resume' | 'Stop'): Locator {
    return this.controls.getByRole('button', { name });
  }

  async open(): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Steps' }).getByRole('link', { name: 'Observe' }).click();
  }

  /** Waits for the end of the run, and fails at once with the page's own words when the run fails. */
  async done(timeout = 3 * MINUTE): Promise<void> {
    const result = this.page.getByRole('heading', { name: 'Result', exact: true });
    const failed = this.page.getByRole('main').getByRole('alert');
    await expect(result.or(failed).first()).toBeVisible({ timeout });
    if (await failed.isVisible()) throw new Error(`The run ended with: ${await failed.innerText()}`);
  }

  /** A stage of the list beside the pictures. */
  stage(name: string): Locator {
    return this.page.getByRole('complementary', { name: 'Stages' }).getByRole('listitem').filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** Status of every stage by its name. */
  async stages(): Promise<Record<string, string>> {
    const items = this.page.getByRole('complementary', { name: 'Stages' }).getByRole('listitem');
    return Object.fromEntries(await items.evaluateAll((list) => list.map((item) => [item.querySelector('span')?.textContent ?? '', (item as HTMLElement).dataset.status ?? ''])));
  }

  /** Step of the last checkpoint of a stage, once there is one. */
  async checkpoint(stage: string): Promise<number> {
    const line = this.page.getByText(`Last checkpoint: ${stage}, step `);
    await expect(line).toBeVisible({ timeout: MINUTE });
    return Number(/step ([\d,]+)/.exec(await line.innerText())?.[1].replaceAll(',', ''));
  }

  /** How far the running stage is, from the run bar's own words. */
  async step(): Promise<number> {
    return Number(/([\d,]+) of [\d,]+/.exec(await this.controls.innerText())?.[1].replaceAll(',', '') ?? 0);
  }

  /** The figures of the result, as they stand in its table. */
  async result(): Promise<string[]> {
    return this.page.getByRole('region', { name: 'Result' }).locator('th[scope=row], td').allInnerTexts();
  }

  /** The numbers of a chart, from its table. */
  async chart(title: string): Promise<string[][]> {
    const figure = this.page.getByRole('figure', { name: title, exact: true });
    const toggle = figure.getByRole('button', { name: `Show table: ${title}` });
    await toggle.click();
    const rows = await figure.getByRole('row').evaluateAll((list) => list.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
    await toggle.click();
    return rows;
  }
}
