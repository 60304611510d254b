import { Explorer } from './explore/explore';
import { openSource, readEvidence } from './explore/load';
import { expose } from './expose';

/** The worker that answers while sliders move; it never touches the GPU, so a run in progress does not slow it. */
expose(new Explorer(openSource, readEvidence));
