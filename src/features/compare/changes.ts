import type { OptionValue, RunSummary } from '../../../workers/protocol';

/** One setting in which two runs differ; null where a run does not know it. */
export interface Change {
  /** Stage of the option, or `run` for what belongs to the run itself: data set, preset, seed, engine. */
  stage: string;
  option: string;
  from: OptionValue | null;
  to: OptionValue | null;
}

/** Settings that a person looks for first. */
const FIRST = ['run', 'select'];

function settings(run: RunSummary): Map<string, Omit<Change, 'from' | 'to'> & { value: OptionValue }> {
  const { preset, seed, options } = run.recipe;
  const own: [string, OptionValue | undefined][] = [['dataset', run.datasetName], ['preset', preset], ['seed', seed], ['engine', run.engine?.kind]];
  const all = [
    ...own.flatMap(([option, value]) => (value === undefined ? [] : [{ stage: 'run', option, value }])),
    // What the export holds changes no number.
    ...Object.entries(options).filter(([stage]) => stage !== 'export').flatMap(([stage, values]) => Object.entries(values).map(([option, value]) => ({ stage, option, value }))),
  ];
  return new Map(all.map((setting) => [`${setting.stage}.${setting.option}`, setting]));
}

/** What differs between the resolved recipes of two runs, the selection before the stages, each in the order of its form. */
export function changesBetween(before: RunSummary, after: RunSummary): Change[] {
  const [old, now] = [settings(before), settings(after)];
  const names = [...new Set([...now.keys(), ...old.keys()])];
  const changes = names.flatMap((name): Change[] => {
    const [from, to] = [old.get(name), now.get(name)];
    const { stage, option } = (to ?? from)!;
    return from?.value === to?.value ? [] : [{ stage, option, from: from?.value ?? null, to: to?.value ?? null }];
  });
  const rank = ({ stage }: Change): number => (FIRST.includes(stage) ? FIRST.indexOf(stage) : FIRST.length);
  return changes.toSorted((a, b) => rank(a) - rank(b));
}

/** Runs that differ in their seed alone, two or more together, in the order in which the first of each was started. */
export function seedGroups(runs: readonly RunSummary[]): RunSummary[][] {
  const groups: RunSummary[][] = [];
  for (const run of runs.toSorted((a, b) => a.createdAt - b.createdAt)) {
    const group = groups.find(([first]) => changesBetween(first, run).every(({ option }) => option === 'seed'));
    if (group) group.push(run);
    else groups.push([run]);
  }
  return groups.filter((group) => new Set(group.map(({ recipe }) => `${recipe.seed}/${recipe.options.select?.seed ?? 0}`)).size > 1);
}

/** The run started last before each one, among those given; the first has none. */
export function previousOf(runs: readonly RunSummary[]): Map<string, RunSummary> {
  const started = runs.toSorted((a, b) => a.createdAt - b.createdAt);
  return new Map(started.slice(1).map((run, i) => [run.id, started[i]]));
}
