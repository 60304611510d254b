import type { RetortError } from '../failure';

/** How long the news of a fault may lag behind its first consequences, which are failed read-backs and numbers that are none. */
const LAG_MS = 500;

/** The fault behind an error, once it is known; null when there is none. */
export function faultBehind(lost: Promise<RetortError>, lagMs = LAG_MS): Promise<RetortError | null> {
  return Promise.race([lost, new Promise<null>((resolve) => setTimeout(() => resolve(null), lagMs))]);
}
