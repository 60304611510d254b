import { describe, expect, it } from 'vitest';
import { intakeOptions as intakeSchema } from '../../workers/data/options';
import type { OptionValue, Recipe } from '../../workers/protocol';
import { EXPORT_DEFAULTS, exportOptions, INTAKE_DEFAULTS, intakeOptions } from './options';

function recipe(options: Recipe['options']): Recipe {
  return { schema: 1, method: 'd2c', preset: 'quick', seed: 7, engine: 'auto', options };
}

function codeOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return null;
}

describe('options of a recipe', () => {
  it('has the defaults of the intake itself', () => expect(INTAKE_DEFAULTS).toEqual(intakeSchema.parse({})));

  it('overlays the defaults and follows the seed unless one is set', () => {
    expect(intakeOptions(recipe({}))).toEqual({ ...INTAKE_DEFAULTS, seed: 7 });
    expect(intakeOptions(recipe({ intake: { size: 16, seed: 3 } }))).toEqual({ ...INTAKE_DEFAULTS, size: 16, seed: 3 });
    expect(exportOptions(recipe({ export: { tensors: true } }), 'bolts')).toEqual({ ...EXPORT_DEFAULTS, tensors: true, name: 'bolts' });
  });

  it('reads acceptance limits beside the export, and leaves them out where none are set', () => {
    expect(exportOptions(recipe({}), 'bolts')).not.toHaveProperty('limits');
    expect(exportOptions(recipe({ report: { minRecall: 0.5 } }), 'bolts').limits).toEqual({ minRecall: 0.5 });
    expect(codeOf(() => exportOptions(recipe({ report: { minRecal: 0.5 } }), 'bolts'))).toMatchObject({ code: 'unknown-option', params: { option: 'minRecal' } });
    expect(codeOf(() => exportOptions(recipe({ report: { minRecall: 'high' } }), 'bolts'))).toMatchObject({ code: 'bad-option' });
    expect(codeOf(() => exportOptions(recipe({ export: { limits: 1 } }), 'bolts'))).toMatchObject({ code: 'unknown-option' });
  });

  it.each<[Record<string, OptionValue>, string, string]>([
    [{ sise: 16 }, 'unknown-option', 'size'],
    [{ toString: 1 }, 'unknown-option', 'size'],
    [{ size: '16px' }, 'bad-option', 'number'],
    [{ fit: true }, 'bad-option', 'string'],
  ])('refuses %o with %s', (options, code, hint) => {
    expect(codeOf(() => intakeOptions(recipe({ intake: options })))).toMatchObject({ code, sentence: expect.stringContaining(hint) });
  });
});
