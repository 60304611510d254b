import type { LimitVerdict } from '../protocol';
import type { ExportFacts } from './facts';
import { judgeLimits, LIMIT_KINDS } from './limits';
import { paragraph, section, subtitle, table, bullets } from './report.html';
import type { Tongue } from './report.tongue';

/** A limit and its figure as one row: what, asked, measured, verdict. Points are shown as such, 0.05 as 5. */
export function limitCells({ name, limit, value, interval, verdict, doubtful }: LimitVerdict, { words, figure, percent }: Tongue): string[] {
  const say = words.limits;
  const { kind, sense } = LIMIT_KINDS[name];
  const bare = (number: number) => (kind === 'ratio' ? figure(number) : kind === 'share' ? percent(number) : figure(number * 100).replace('-', '−'));
  const unit = (text: string) => (kind === 'ratio' ? say.times(text) : kind === 'share' ? text : say.points(text));
  const shown = value === null ? words.notMeasured : interval ? words.metrics.interval(unit(bare(value)), bare(interval.low), bare(interval.high)) : unit(bare(value));
  const sign = { met: '✓', 'not-met': '✗', 'not-measured': '–' }[verdict];
  const text = `${sign} ${say.verdicts[verdict]}`;
  return [say.names[name], sense === 'most' ? say.most(unit(bare(limit))) : say.least(unit(bare(limit))), shown, doubtful ? say.noted(text, say.doubtful) : text];
}

/** What a set should keep whether or not limits were set. Each is decided by the figures beside it, not by taste. */
function standing(facts: ExportFacts, { words, figure, percent }: Tongue): string[] {
  const say = words.limits;
  const least = facts.classes.reduce((low, each) => (each.after / each.before < low.after / low.before ? each : low));
  const line = (question: string, met: boolean, detail: string) => say.line(met ? `✓ ${say.verdicts.met}` : `✗ ${say.verdicts['not-met']}`, question, detail);
  const lines = [line(say.classes, facts.classes.every(({ after }) => after > 0), say.classesDetail(percent(least.after / least.before), least.name))];
  if (facts.result) {
    const { fdDomain, fdRaw } = facts.result.metrics;
    lines.push(
      line(say.better, fdDomain.method < fdDomain.random, say.betterDetail(figure(fdDomain.method), figure(fdDomain.random))),
      line(say.close, fdRaw.method <= fdRaw.random.mean, say.closeDetail(figure(fdRaw.method), figure(fdRaw.random.mean), figure(fdRaw.random.sd))),
    );
  }
  return lines;
}

/** Acceptance limits set by the person, met or not, and what every set should keep. */
export function limitsSection(facts: ExportFacts, tongue: Tongue): string {
  const say = tongue.words.limits;
  const found = judgeLimits(facts.limits, facts);
  const met = found.filter(({ verdict }) => verdict === 'met').length;
  return section(
    say.title,
    ...(found.length === 0 ? [paragraph(say.none)] : [
      paragraph(say.sentence(String(met), String(found.length)), 'lead'),
      table(say.caption, [say.limit, say.asked, say.value, say.verdict], found.map((each) => limitCells(each, tongue)), 'text'),
    ]),
    subtitle(say.standing), bullets(standing(facts, tongue)),
  );
}
