import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('ships what its sources compile to', async () => {
  const path = fileURLToPath(new URL('./build.mjs', import.meta.url));
  const { build } = (await import(/* @vite-ignore */ path)) as { build: () => Promise<string> };
  expect(readFileSync(fileURLToPath(new URL('./binary.ts', import.meta.url)), 'utf8')).toBe(await build());
});
