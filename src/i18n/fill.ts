import { formatCount } from './format';

/**
 * The first of `templates` whose {{places}} can all be filled from `params`, filled; undefined when there is none. One code may come with
 * different params, and a sentence with a hole in it is worse than the English one.
 */
export function fillFirst(templates: unknown, params: Record<string, string | number>, language: string): string | undefined {
  const candidates: unknown[] = Array.isArray(templates) ? templates : [templates];
  for (const template of candidates) {
    if (typeof template !== 'string') continue;
    const places = [...template.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name);
    if (!places.every((name) => name in params)) continue;
    return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const value = params[name];
      return typeof value === 'number' ? formatCount(value, language) : value;
    });
  }
  return undefined;
}
