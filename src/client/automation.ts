import type { DataSetSummary, EngineVerdict, Failure, LimitVerdict, Recipe, RunSummary, WorkerEvent } from '../../workers/protocol';
import { failure, normalise } from './failure';
import { exportOptions, intakeOptions } from './options';
import { downloadFile } from './save';
import { sourceFromInput } from './source';
import { INTERRUPTIONS } from './studio';
import type { Client } from './types';

export interface AutomationRequest {
  recipe: Recipe;
  /** Name of the run and of the data set inside the export. */
  name: string;
  /** What distances in the net of `#automation-net` are named after; empty for the standard FID weights and for an ONNX file's own name. */
  netName?: string;
}

/** What the command line prints, as far as the page knows it. */
export interface AutomationSummary {
  dataset: DataSetSummary;
  engine: EngineVerdict;
  run: RunSummary;
  /** Wall-clock seconds of what is not a stage of the run. */
  seconds: { intake: number; export: number };
  bytes: number;
  sha256: string;
  /** Acceptance limits that were set, held against the figures. */
  limits: LimitVerdict[];
}

/** Failures cross to the command line as values: an exception would lose everything but its message. */
export type AutomationOutcome = { summary: AutomationSummary } | { failure: Failure };

/** One line of progress; `update` lines replace each other on a terminal. */
export interface AutomationLine {
  text: string;
  update: boolean;
}

declare global {
  interface Window {
    retort?: {
      condense(request: AutomationRequest): Promise<AutomationOutcome>;
      /** Holds the run after its next step, with a checkpoint; `resume` lets it go on. */
      pause(): Promise<void>;
      resume(): Promise<void>;
      /** Takes the graphics device away as a driver would, so that the recovery can be tried; false where the engine has none. */
      loseDevice(): Promise<boolean>;
    };
    /** Set by the command line before the page loads. */
    retortProgress?: (line: AutomationLine) => void;
  }
}

interface Inputs {
  /** A folder, or a zip or an IDX pair. */
  data: HTMLInputElement[];
  net: HTMLInputElement;
}

function hiddenInput(id: string, directory: boolean): HTMLInputElement {
  const input = document.createElement('input');
  input.type = 'file';
  input.id = id;
  input.hidden = true;
  input.multiple = true;
  input.webkitdirectory = directory;
  document.body.append(input);
  return input;
}

function say(text: string, update = false): void {
  window.retortProgress?.({ text, update });
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

function report(event: WorkerEvent): void {
  if (event.type === 'progress') {
    const left = event.secondsLeft === null ? '' : `, ${duration(event.secondsLeft)} left`;
    say(`${event.stage}: ${event.done} of ${event.total}${left}`, true);
  } else if (event.type === 'stage' && event.stage.status !== 'waiting' && event.stage.status !== 'running') {
    say(`${event.stage.id}: ${event.stage.status}${event.stage.status === 'done' ? ` in ${event.stage.seconds.toFixed(1)} s` : ''}`);
  } else if (event.type === 'checkpoint') {
    say(`${event.stage}: checkpoint at step ${event.step}`, true);
  } else if (event.type === 'log') {
    say(event.line);
  }
}

const DATASETS_KEY = 'automation.datasets';

/**
 * Removes data sets that earlier commands read and left behind. Every command reads its source anew, so only the finished
 * stages are worth keeping between two of them.
 */
async function sweep(client: Client): Promise<void> {
  const stale: string[] = JSON.parse(localStorage.getItem(DATASETS_KEY) ?? '[]');
  const stored = new Set((await client.intake.list()).map(({ id }) => id));
  const left: string[] = [];
  for (const id of stale.filter((one) => stored.has(one))) {
    // A worker may still hold the files open; then the next command removes them.
    await client.intake.remove(id).catch(() => left.push(id));
  }
  localStorage.setItem(DATASETS_KEY, JSON.stringify(left));
}

function remember(id: string): void {
  const ids: string[] = JSON.parse(localStorage.getItem(DATASETS_KEY) ?? '[]');
  localStorage.setItem(DATASETS_KEY, JSON.stringify([...ids, id]));
}

/** Starts a run and waits for its end, through restarts of the compute worker. Rejects with a `Failure`. */
async function runToEnd(client: Client, datasetId: string, recipe: Recipe, name: string): Promise<RunSummary> {
  const subscriptions: (() => void)[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    const onEvent = (event: WorkerEvent) => {
      report(event);
      if (event.type === 'done') resolve();
      // The client restarts after a fault of the device itself, and tells through its fault when it gives up.
      if (event.type === 'failed' && !INTERRUPTIONS.has(event.failure.code)) reject(event.failure);
    };
    subscriptions.push(client.studio.onEvent(onEvent));
    subscriptions.push(client.onFault((fault) => {
      say(`${fault.failure.sentence}${fault.recovering ? ' Going on from the last checkpoint.' : ''}`);
      if (!fault.recovering) reject(fault.failure);
    }));
  });
  // `start` may reject first; the other promise must then not count as unhandled.
  ended.catch(() => undefined);
  try {
    const id = await client.studio.start(datasetId, recipe, name);
    await ended;
    const run = (await client.studio.runs()).find((one) => one.id === id);
    if (run === undefined) throw failure('run-missing', 'The run ended but was not stored. Free some disk space and start it again.');
    return run;
  } finally {
    for (const unsubscribe of subscriptions) unsubscribe();
  }
}

/** Adds the feature net that was given, and names it in the recipe. */
async function withNet(client: Client, { files }: HTMLInputElement, { recipe, netName = '' }: AutomationRequest): Promise<Recipe> {
  const file = files?.[0];
  if (file === undefined) return recipe;
  const card = await client.features.add(file, netName);
  say(`feature net: ${card.fileName} gives ${card.label}, ${card.dim} features at ${card.inputSize} px`);
  return { ...recipe, options: { ...recipe.options, features: { ...recipe.options.features, net: card.sha256 } } };
}

async function condense(client: Client, inputs: Inputs, request: AutomationRequest): Promise<AutomationSummary> {
  const files = inputs.data.flatMap((input) => [...(input.files ?? [])]);
  const source = sourceFromInput(files);
  const intake = intakeOptions(request.recipe);
  const exporting = exportOptions(request.recipe, request.name);
  const { limits: _, ...exported } = exporting;
  const asked = await withNet(client, inputs.net, request);
  const recipe: Recipe = { ...asked, options: { ...asked.options, intake: { ...intake }, export: exported } };

  const engine = await client.studio.open(recipe.engine);
  say(`engine: ${engine.kind} (${engine.adapter}). ${engine.reason}`);
  // A wrong option is told before minutes are spent on reading.
  await client.studio.resolve(recipe);

  await sweep(client);
  const begun = performance.now();
  const dataset = await client.intake.read({ ...source, name: request.name }, intake, (event) => {
    if (event.type === 'progress') say(`intake: ${event.read}${event.total === null ? '' : ` of ${event.total}`} files`, true);
    if (event.type === 'verdicts') {
      for (const verdict of event.items) if (verdict.status === 'refused') say(`refused: ${verdict.path}: ${verdict.sentence}`);
    }
  });
  remember(dataset.id);
  const readSeconds = (performance.now() - begun) / 1000;
  say(`intake: ${dataset.accepted} of ${dataset.read} images accepted, ${dataset.classes.length} classes`);
  for (const warning of dataset.warnings) say(warning.sentence);

  const run = await runToEnd(client, dataset.id, recipe, request.name);
  const ended = performance.now();
  const { file, ...written } = await client.exporter.write(run.id, exporting, null, (event) => {
    if (event.type === 'progress') say(`export: ${event.done} of ${event.total} files`, true);
  });
  downloadFile(file, `${request.name}.zip`);
  return { dataset, engine, run, seconds: { intake: readSeconds, export: (performance.now() - ended) / 1000 }, ...written };
}

/**
 * What the command line drives: `window.retort.condense` reads what was put into `#automation-folder` (a folder) or
 * `#automation-files` (a zip, an IDX pair), adds the feature net in `#automation-net` where there is one, runs the recipe to its end and offers the zip as a download.
 */
export function installAutomation(client: Client): void {
  const inputs: Inputs = {
    data: [hiddenInput('automation-folder', true), hiddenInput('automation-files', false)],
    net: hiddenInput('automation-net', false),
  };
  window.retort = {
    async condense(request) {
      try {
        return { summary: await condense(client, inputs, request) };
      } catch (error) {
        return { failure: normalise(error) };
      }
    },
    pause: () => client.studio.pause(),
    resume: () => client.studio.resume(),
    loseDevice: () => client.studio.loseDevice(),
  };
}
