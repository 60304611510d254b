import type {
  DataSetSummary, EngineKind, EngineVerdict, ExploreApi, ExportApi, ExportEvent, ExportOptions, Failure, FeaturesApi, IntakeApi,
  IntakeEvent, IntakeOptions, IntakeSource, SelectOptions, StudioApi, WorkerEvent,
} from '../../workers/protocol';

/** A worker died, fell silent or lost its device. `recovering` is true while the client restarts it from the checkpoint. */
export interface Fault {
  worker: 'studio' | 'intake' | 'explore' | 'export' | 'features';
  failure: Failure;
  recovering: boolean;
}

/**
 * The page's end of every worker. Workers start on first use, are watched, and are restarted when they die; every promise
 * rejects with a `Failure` and nothing else. Callers never see Comlink.
 */
export interface Client {
  intake: Omit<IntakeApi, 'read'> & {
    read(source: IntakeSource, options: IntakeOptions, onEvent: (event: IntakeEvent) => void): Promise<DataSetSummary>;
  };
  studio: Omit<StudioApi, 'open'> & {
    open(engine: 'auto' | EngineKind): Promise<EngineVerdict>;
    /** Events of the current run, and of every later one. Returns the function that unsubscribes. */
    onEvent(listener: (event: WorkerEvent) => void): () => void;
  };
  explore: ExploreApi;
  exporter: Omit<ExportApi, 'write'> & {
    write(
      runId: string, options: ExportOptions, selection: SelectOptions | null, onEvent: (event: ExportEvent) => void,
    ): ReturnType<ExportApi['write']>;
  };
  features: FeaturesApi;
  onFault(listener: (fault: Fault) => void): () => void;
  /** Terminates every worker. */
  dispose(): void;
}
