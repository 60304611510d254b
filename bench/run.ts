import { benches } from './registry';

/**
 * `npm run bench -- --list` names the benches; `npm run bench -- NAME [--json] [--option value ...]` runs one. Progress goes to stderr; with --json one
 * JSON object goes to stdout.
 */
async function main(argv: string[]): Promise<number> {
  const json = argv.includes('--json');
  const [name, ...rest] = argv.filter((argument) => argument !== '--json');
  if (name === undefined || name === '--list' || name === '--help') {
    for (const bench of benches) process.stdout.write(`${bench.name.padEnd(10)} ${bench.summary}\n`);
    return 0;
  }
  const bench = benches.find((candidate) => candidate.name === name);
  if (bench === undefined) {
    process.stderr.write(`There is no bench "${name}". "npm run bench -- --list" names them.\n`);
    return 2;
  }
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const result = await bench.run(rest, log);
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, null, 2)}\n`);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
