import { expect, type Locator, type Page } from '@playwright/test';

export type Filter = 'All' | 'Accepted' | 'Near duplicates' | 'Duplicates' | 'Refused';

/** The screen that shows what was read, and what became of each file. */
export class DataPage {
  constructor(private readonly page: Page) {}

  /** Waits for the end of the reading, which leaves the link to the next screen. */
  ready(timeout = 60_000): Promise<void> {
    return expect(this.page.getByRole('link', { name: 'Set how small' })).toBeVisible({ timeout });
  }

  /** A figure of the summary, as text. */
  fact(name: string): Locator {
    return this.page.locator('dl.facts > div').filter({ has: this.page.getByText(name, { exact: true }) }).locator('dd').first();
  }

  async count(name: string): Promise<number> {
    return Number((await this.fact(name).innerText()).replaceAll(',', ''));
  }

  /** Training and held-out images by class, from the table of class balance. */
  async classes(): Promise<Record<string, { train: number; test: number }>> {
    const rows = await this.page.getByRole('region', { name: 'Class balance' }).getByRole('row').all();
    const found = await Promise.all(rows.slice(1).map(async (row) => {
      const name = await row.getByRole('rowheader').innerText();
      const [train, test] = (await row.locator('td.number').allInnerTexts()).map((text) => Number(text.replaceAll(',', '')));
      return [name, { train, test }] as const;
    }));
    return Object.fromEntries(found);
  }

  /** What the table says of each file, by path; the first page of it. */
  async verdicts(filter: Filter): Promise<Record<string, { verdict: string; why: string }>> {
    const block = this.page.locator('section', { has: this.page.getByRole('heading', { name: 'What became of each file' }) });
    await block.getByRole('radio', { name: filter, exact: true }).check();
    const word = { All: /./, Accepted: /^accepted$/, 'Near duplicates': /^near duplicate$/, Duplicates: /^duplicate$/, Refused: /^refused$/ }[filter];
    // Until the answer is there the table still shows the filter before.
    await expect(async () => {
      if (await block.getByText('No files here.').isVisible()) return;
      const words = await block.locator('tbody td:nth-of-type(1)').allInnerTexts();
      expect(words.length).toBeGreaterThan(0);
      for (const shown of words) expect(shown).toMatch(word);
    }).toPass({ timeout: 20_000 });
    const rows = await block.locator('tbody tr').evaluateAll((list) => list.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
    return Object.fromEntries(rows.map(([path, verdict, why]) => [path, { verdict, why }]));
  }
}
