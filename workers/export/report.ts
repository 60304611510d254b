import { writeReport, type ReportTimes } from '../formats/report';
import type { ExportOptions, RunSummary } from '../protocol';
import { exportFacts } from './contents';
import type { ChosenSet, ExportSource } from './types';

/** Seconds of the stages that are done; those of an earlier run are named without. */
function timesOf(run: RunSummary): ReportTimes {
  const done = run.stages.filter(({ status }) => status === 'done' || status === 'cached');
  return { stages: done.map(({ id, status, seconds }) => ({ id, seconds: status === 'done' ? seconds : null })) };
}

/**
 * The report as the studio saves it: the one of the zip with the times of the run, which may not go into the zip, opening in the person's language.
 * @throws RetortError when the selection cannot be exported.
 */
export async function measuredReport(source: ExportSource, options: ExportOptions, chosen: ChosenSet, language: 'en' | 'ja'): Promise<string> {
  const facts = await exportFacts(source, options, chosen, new AbortController().signal);
  return writeReport(facts, timesOf(source.run), language);
}
