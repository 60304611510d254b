import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { OptionValue, Recipe, StageId } from '../workers/protocol';

export const USAGE = `Usage: npm run condense -- PATH [options]

PATH is a folder of images (class folders inside), a zip with such a tree, or one file of an MNIST-style IDX pair.

  --preset NAME            quick, standard or thorough (default: standard)
  --recipe FILE            start from a recipe.json, such as the one inside an export
  --set STAGE.OPTION=VALUE set one option of one stage; may be repeated, for example --set select.imagesPerClass=10
  --features FILE          measure FID with the weights in FILE (pt_inception-2015-12-05-6726825d.pth), or FD(name) with any ONNX feature net
  --features-name NAME     what to call a net that is not the standard one
  --seed N                 seed of everything random (default: 0)
  --engine KIND            auto, webgpu or wasm (default: auto)
  --name NAME              name of the data set in the export (default: from PATH)
  --out FILE.zip           where the zip goes (default: NAME-condensed.zip in the current folder)
  --profile DIR            where the browser keeps finished stages between runs (default: ~/.cache/retort)
  --fail-on-limits         exit with code 3 when an acceptance limit (--set report.maxFdOverRandom=1.1 and others) is missed or was not measured
  --json                   print one JSON object on stdout at the end
  --help                   show this text

Progress goes to stderr. The exit code is 0 only when the zip is complete, 1 on failure, 2 on wrong usage, 3 as --fail-on-limits says (the zip is complete then, too).
With npm, \`npm run --silent condense -- ...\` keeps npm's own two lines out of stdout.`;

/** Wrong usage: the sentence goes to stderr with the usage, the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface CommandLine {
  path: string;
  preset: Recipe['preset'] | undefined;
  recipeFile: string | undefined;
  seed: number | undefined;
  engine: Recipe['engine'] | undefined;
  settings: { stage: StageId; option: string; value: OptionValue }[];
  /** File of a feature net, and the name it is to have. */
  features: string | undefined;
  featuresName: string | undefined;
  name: string;
  out: string;
  profile: string | undefined;
  json: boolean;
  failOnLimits: boolean;
}

const PRESETS: readonly Recipe['preset'][] = ['quick', 'standard', 'thorough'];
const ENGINES: readonly Recipe['engine'][] = ['auto', 'webgpu', 'wasm'];
const STAGES: readonly StageId[] = ['intake', 'audit', 'encoder', 'judge', 'scorer', 'score', 'select', 'curve', 'teacher', 'students', 'features', 'evaluate', 'export', 'report'];
const MAX_SEED = 0xffffffff;

function oneOf<T extends string>(flag: string, value: string | undefined, allowed: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((name) => name === value);
  if (found === undefined) throw new UsageError(`${flag} must be one of ${allowed.join(', ')}, not "${value}".`);
  return found;
}

/** `true`, `false` and numbers as such; anything else is text. Quotes force text: `--set export.name='"2024"'`. */
export function parseValue(text: string): OptionValue {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  const quoted = /^"(.*)"$/s.exec(text);
  return quoted ? quoted[1] : text;
}

function parseSetting(text: string): CommandLine['settings'][number] {
  const match = /^([^.=]+)\.([^.=]+)=(.*)$/s.exec(text);
  if (!match) throw new UsageError(`--set takes STAGE.OPTION=VALUE, not "${text}".`);
  const stage = STAGES.find((id) => id === match[1]);
  if (stage === undefined) throw new UsageError(`There is no stage "${match[1]}". The stages are: ${STAGES.join(', ')}.`);
  return { stage, option: match[2], value: parseValue(match[3]) };
}

function parseSeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > MAX_SEED) throw new UsageError(`--seed must be a whole number from 0 to ${MAX_SEED}, not "${text}".`);
  return seed;
}

/** A name that is safe as a file name on every system. */
function fileName(name: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what must go
  return name.replace(/[\u0000-\u001f<>:"/\\|?*]+/g, '-').replace(/^\.+|[. ]+$/g, '').slice(0, 100) || 'retort';
}

/**
 * @param argv what follows the script's name
 * @param folder the folder that relative paths are meant from
 * @returns 'help' when help was asked for
 * @throws UsageError
 */
export function parseCommandLine(argv: string[], folder: string): CommandLine | 'help' {
  let parsed;
  try {
    parsed = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        recipe: { type: 'string' },
        preset: { type: 'string' },
        out: { type: 'string' },
        engine: { type: 'string' },
        set: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        'fail-on-limits': { type: 'boolean' },
        features: { type: 'string' },
        'features-name': { type: 'string' },
        seed: { type: 'string' },
        name: { type: 'string' },
        profile: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) return 'help';
  if (positionals.length !== 1) throw new UsageError(positionals.length === 0 ? 'PATH is missing.' : `One PATH is enough; got ${positionals.join(', ')}.`);
  const path = resolve(folder, positionals[0]);
  const name = values.name ?? fileName(basename(path).replace(/\.zip$/i, ''));
  if (name.trim() === '') throw new UsageError('--name must not be empty.');
  const out = resolve(folder, values.out ?? `${fileName(name)}-condensed.zip`);
  if (!/\.zip$/i.test(out)) throw new UsageError(`--out must end in .zip, not "${values.out}".`);
  if (values['features-name'] !== undefined && values.features === undefined) throw new UsageError('--features-name needs --features FILE.');
  return {
    path,
    preset: oneOf('--preset', values.preset, PRESETS),
    recipeFile: values.recipe === undefined ? undefined : resolve(folder, values.recipe),
    seed: parseSeed(values.seed),
    engine: oneOf('--engine', values.engine, ENGINES),
    settings: (values.set ?? []).map(parseSetting),
    features: values.features === undefined ? undefined : resolve(folder, values.features),
    featuresName: values['features-name'],
    name,
    out,
    profile: values.profile === undefined ? undefined : resolve(folder, values.profile),
    json: values.json ?? false,
    failOnLimits: values['fail-on-limits'] ?? false,
  };
}
