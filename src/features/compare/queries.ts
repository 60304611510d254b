import type { BehindQuery } from '../../../workers/protocol';

/** Lists that belong together: a person who looks at one may want the others. */
export function relatedQueries(query: BehindQuery, hasPacked: boolean): BehindQuery[] {
  switch (query.kind) {
    case 'picked':
    case 'dropped':
    case 'neighbours':
      return [{ kind: 'picked', arm: 'method' }, { kind: 'dropped' }, { kind: 'neighbours', arm: 'method' }, { kind: 'picked', arm: 'random' }, { kind: 'neighbours', arm: 'random' }];
    case 'samples':
      return (['method', 'random', 'full'] as const).map((arm) => ({ kind: 'samples', arm }));
    case 'confused':
      return (['method', 'random', ...(hasPacked ? ['packed' as const] : []), 'full'] as const).map((arm) => ({ kind: 'confused', arm, labels: query.labels }));
    default:
      return (['duplicates', 'mislabelled', 'outliers'] as const).map((kind) => ({ kind }));
  }
}

/** One text a query, the same for equal ones. */
export const queryKey = (query: BehindQuery): string => [query.kind, 'arm' in query ? query.arm : '', 'labels' in query ? query.labels : ''].join('/');
