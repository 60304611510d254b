import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Failure } from '../../workers/protocol';
import type { Fault } from '../client/types';
import type { Language } from '../i18n';

export const routes = ['start', 'data', 'condense', 'observe', 'compare', 'export'] as const;
export type Route = (typeof routes)[number];
export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** The route a hash names; anything unknown is the start page. */
export function routeOf(hash: string): Route {
  const name = hash.replace(/^#\/?/, '').split(/[?/]/)[0];
  return routes.find((route) => route === name) ?? 'start';
}

export const hashOf = (route: Route): string => (route === 'start' ? '#/' : `#/${route}`);

/** A fault as the banner shows it. */
export interface Told extends Fault {
  recovered: boolean;
}

export interface ShellState {
  route: Route;
  theme: Theme;
  language: Language;
  faults: Told[];
  /** What a screen reader is told next. */
  announcement: string;
  runsOpen: boolean;
  engineOpen: boolean;
  /** Why the last drop or choice was not taken, if it was not. */
  refused: Failure | null;
  raise(fault: Fault): void;
  dismiss(fault: Told): void;
  /** Notes that a restarted worker is at work again. The banner stays until it is read. */
  recovered(worker: Fault['worker']): void;
  announce(text: string): void;
  set(state: Partial<Pick<ShellState, 'route' | 'theme' | 'language' | 'runsOpen' | 'engineOpen' | 'refused'>>): void;
}

export function createShellStore(first: Pick<ShellState, 'route' | 'theme' | 'language'>): StoreApi<ShellState> {
  return createStore<ShellState>()((set, get) => ({
    ...first,
    faults: [],
    announcement: '',
    runsOpen: false,
    engineOpen: false,
    refused: null,
    // One banner a worker: the newest says what is going on.
    raise: (fault) => set({ faults: [...get().faults.filter(({ worker }) => worker !== fault.worker), { ...fault, recovered: false }] }),
    dismiss: (fault) => set({ faults: get().faults.filter((other) => other !== fault) }),
    recovered: (worker) => {
      const { faults } = get();
      if (!faults.some((fault) => fault.worker === worker && fault.recovering)) return;
      set({ faults: faults.map((fault) => (fault.worker === worker ? { ...fault, recovering: false, recovered: true } : fault)) });
    },
    announce: (announcement) => set({ announcement }),
    set: (state) => set(state),
  }));
}
