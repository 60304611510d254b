import * as Comlink from 'comlink';
import { toFailure } from './failure';
import { announceLife } from './liveness';

/**
 * Exposes an API over Comlink with every rejection turned into a plain `Failure`: error classes do not survive the crossing,
 * and the page must never see anything else. Tells the page
 * where to notice this worker's death.
 */
export function expose(api: object): void {
  const guarded = new Proxy(api, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        try {
          return await (Reflect.apply(member, target, args) as Promise<unknown>);
        } catch (error) {
          throw toFailure(error);
        }
      };
    },
  });
  Comlink.expose(guarded);
  announceLife();
}
