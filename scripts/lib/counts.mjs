import { existsSync, readFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number }} Counts */

/** A part that left no report did not run: that is one failure, never none. */
const CRASHED = { passed: 0, failed: 1 };

/**
 * @param {string} file
 * @returns {any} the report, or null when it is missing or torn
 */
function report(file) {
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * Counts of a vitest JSON report. A file that fails before its first test (an import error) counts as one failure.
 *
 * @param {string} file
 * @param {number} code exit code of the run
 * @returns {Counts}
 */
export function vitestCounts(file, code) {
  const json = report(file);
  if (!json) return CRASHED;
  /** @type {{ status: string, assertionResults: unknown[] }[]} */
  const files = json.testResults;
  const broken = files.filter((result) => result.status === 'failed' && result.assertionResults.length === 0).length;
  return settle({ passed: json.numPassedTests, failed: json.numFailedTests + broken }, code);
}

/**
 * Counts of a Playwright JSON report. Flaky tests count as failed; so does every error outside a test.
 *
 * @param {string} file
 * @param {number} code exit code of the run
 * @returns {Counts}
 */
export function playwrightCounts(file, code) {
  const json = report(file);
  if (!json) return CRASHED;
  const { expected, unexpected, flaky } = json.stats;
  return settle({ passed: expected, failed: unexpected + flaky + json.errors.length }, code);
}

/**
 * A runner that ends with an error although no test failed (an unhandled rejection, say) has failed once.
 *
 * @param {Counts} counts
 * @param {number} code
 */
function settle(counts, code) {
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}
