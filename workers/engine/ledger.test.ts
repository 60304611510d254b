import { describe, expect, it } from 'vitest';
import { openTestEngine } from './engine.testing';
import { defaultCap } from './ledger';
import { ledgerSuite } from './ledger.testing';

ledgerSuite('wasm', () => openTestEngine('wasm'));

describe('the default cap', () => {
  it('is half of what the browser says there is, up to a bound by engine', () => {
    expect(defaultCap('webgpu', 2)).toBe(2 ** 30);
    expect(defaultCap('webgpu', 32)).toBe(4 * 2 ** 30);
    expect(defaultCap('wasm', 32)).toBe(2.5 * 2 ** 30);
    expect(defaultCap('wasm', undefined)).toBe(2.5 * 2 ** 30);
  });
});
