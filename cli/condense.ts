import { existsSync, readFileSync } from 'node:fs';
import { ensureBrowser } from '../scripts/lib/browser.mjs';
import { ensureBuilt } from '../scripts/lib/build.mjs';
import { RetortError, toFailure } from '../workers/failure';
import { readRecipe } from '../workers/formats/recipe';
import { parseCommandLine, USAGE, UsageError, type CommandLine } from './arguments';
import { openProfile } from './profile';
import { Progress } from './progress';
import { buildRecipe } from './recipe';
import { Session } from './session';
import { locateSource } from './source';
import { buildSummary, describe, type Summary } from './summary';

const progress = new Progress(process.stderr);

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RetortError('no-such-path', `The recipe ${file} cannot be read. Check the path.`, { path: file }, { cause });
  }
}

/** The scripts throw plain errors whose message is a sentence already. */
async function told<T>(code: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new RetortError(code, cause instanceof Error ? cause.message : String(cause), {}, { cause });
  }
}

async function condense(line: CommandLine): Promise<Summary> {
  const source = locateSource(line.path);
  if (line.features !== undefined && !existsSync(line.features)) {
    throw new RetortError('no-such-path', `There is no feature net at ${line.features}. Check the path.`, { path: line.features });
  }
  const recipe = buildRecipe(line, line.recipeFile === undefined ? null : readRecipe(readText(line.recipeFile)));
  await told('no-build', ensureBuilt());
  const browser = await told('no-browser', ensureBrowser());
  const profile = openProfile(line.profile);
  if (!profile.kept) progress.say('Another run has the browser profile; this one starts without its finished stages.');
  let session: Session | null = null;
  let stopping = false;
  const stop = () => {
    // npm and the terminal may both send the signal.
    if (stopping) return;
    stopping = true;
    progress.end();
    progress.say('Stopping; finished stages are kept.');
    void (session?.close() ?? Promise.resolve()).finally(() => {
      profile.release();
      process.exit(130);
    });
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    session = await Session.open(browser, profile.folder, recipe.engine, (text) => progress.write(text));
    const request = { recipe, name: line.name, netName: line.featuresName };
    return buildSummary(await session.condense(source, request, line.out, line.features), line.out);
  } catch (error) {
    // A stop closes the browser under the running call; it is told once, above.
    if (stopping) return await new Promise<never>(() => {});
    throw error;
  } finally {
    if (!stopping) {
      await session?.close();
      profile.release();
    }
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

/** A limit that was not measured is not met: whoever asks for it wants to know. */
function exitCode(line: CommandLine, { limits }: Summary): number {
  return line.failOnLimits && limits.some(({ verdict }) => verdict !== 'met') ? 3 : 0;
}

async function main(): Promise<number> {
  let line: CommandLine | 'help';
  try {
    // npm changes to the package's folder; paths are meant from where the person stands.
    line = parseCommandLine(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (line === 'help') {
    console.log(USAGE);
    return 0;
  }
  try {
    const summary = await condense(line);
    progress.end();
    if (line.json) console.log(JSON.stringify(summary));
    else console.error(describe(summary));
    return exitCode(line, summary);
  } catch (error) {
    progress.end();
    const { code, sentence, params, detail } = toFailure(error);
    console.error(sentence);
    if (code === 'unexpected') console.error(detail);
    if (line.json) console.log(JSON.stringify({ error: { code, sentence, params } }));
    return 1;
  }
}

process.exitCode = await main();
