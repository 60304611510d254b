/** One thing that is measured. `run` takes its own command line and answers with JSON-safe figures. */
export interface Bench {
  name: string;
  /** What it measures and against whom, in one line. */
  summary: string;
  run(argv: string[], log: (line: string) => void): Promise<Record<string, unknown>>;
}
