import type { ExportOptions, IntakeOptions, LimitName, OptionValue, Recipe, ReportLimits } from '../../workers/protocol';
import { failure } from './failure';

const MEBI = 2 ** 20;

/**
 * How a folder is read unless the person or the recipe says otherwise: the intake's own defaults, repeated here (and held equal
 * by a test) because the page may not import worker code. `seed` follows the recipe's.
 */
export const INTAKE_DEFAULTS: IntakeOptions = {
  size: 32,
  fit: 'crop',
  background: '#ffffff',
  channels: 'auto',
  holdout: 0.2,
  seed: 0,
  limit: 0,
  reserve: 30_000,
  nearDuplicates: 'keep',
  keepOriginals: 512 * MEBI,
};

/** What an export holds unless the person or the recipe says otherwise. `name` follows the data set's. */
export const EXPORT_DEFAULTS: ExportOptions = {
  pictures: 'working',
  hideNames: false,
  plainFolders: false,
  tensors: false,
  licence: '',
  name: '',
};

/** Acceptance limits the report knows, in its order, with what a form asks for; held equal to the worker's own by a test. */
export const LIMIT_FIELDS: Record<LimitName, 'ratio' | 'share' | 'points'> = {
  maxFdOverRandom: 'ratio', maxFdOverFull: 'ratio', minRecall: 'share', maxMemorisation: 'share', maxAccuracyLoss: 'points', maxAccuracyLossTeacher: 'points',
  maxClassShareChange: 'points', maxMetadataShareChange: 'points',
};

/**
 * Defaults overlaid with what a recipe sets.
 *
 * @throws Failure `unknown-option` or `bad-option`, naming the option; ranges are the worker's to check
 */
function overlay<Options extends object>(stage: string, defaults: Options, set: Record<string, OptionValue> = {}): Options {
  const known = new Map<string, unknown>(Object.entries(defaults));
  for (const [name, value] of Object.entries(set)) {
    const params = { stage, option: name };
    if (!known.has(name)) {
      const names = [...known.keys()].join(', ');
      throw failure('unknown-option', `The stage "${stage}" has no option "${name}". It has: ${names}.`, '', { ...params, names });
    }
    const expected = typeof known.get(name);
    if (typeof value !== expected) {
      throw failure('bad-option', `The option ${stage}.${name} must be a ${expected}, not ${JSON.stringify(value)}.`, '', { ...params, expected });
    }
  }
  return { ...defaults, ...set };
}

/** The intake options of a recipe, complete. */
export function intakeOptions(recipe: Recipe): IntakeOptions {
  return overlay('intake', { ...INTAKE_DEFAULTS, seed: recipe.seed }, recipe.options.intake);
}

/**
 * The acceptance limits of a recipe. Any of them may be absent.
 *
 * @throws Failure `unknown-option` or `bad-option`, naming the limit; ranges are the worker's to check
 */
function reportLimits(recipe: Recipe): ReportLimits {
  const set = recipe.options.report ?? {};
  const zeros = Object.fromEntries(Object.keys(LIMIT_FIELDS).map((name) => [name, 0]));
  overlay('report', zeros, set);
  return set as ReportLimits;
}

/** The export options of a recipe, complete, with its acceptance limits where it has any. */
export function exportOptions(recipe: Recipe, name: string): ExportOptions {
  const options = overlay('export', { ...EXPORT_DEFAULTS, name }, recipe.options.export);
  return recipe.options.report === undefined ? options : { ...options, limits: reportLimits(recipe) };
}
