import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand/vanilla';
import type { Studio } from './studio';

const StudioContext = createContext<Studio | null>(null);
export const StudioProvider = StudioContext.Provider;

export function useStudio(): Studio {
  const studio = useContext(StudioContext);
  if (!studio) throw new Error('useStudio outside of StudioProvider');
  return studio;
}

type Slices = { [Name in keyof Studio as Studio[Name] extends StoreApi<infer _> ? Name : never]: Studio[Name] extends StoreApi<infer State> ? State : never };

/** Part of the state of one feature; renders again when that part changes. */
export function useSlice<Name extends keyof Slices, Part>(name: Name, pick: (state: Slices[Name]) => Part): Part {
  // The compiler cannot follow a key into a union of stores, though each one matches its own state.
  const stores = useStudio() as unknown as { [Key in Name]: StoreApi<Slices[Key]> };
  return useStore(stores[name], pick);
}
