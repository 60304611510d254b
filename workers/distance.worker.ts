import { expose } from './expose';
import { directDistances } from './features/distances';

/** Distances between thousands of features, away from the worker that owns the run: one takes longer than that may be silent. */
expose(directDistances);
