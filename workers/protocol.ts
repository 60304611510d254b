/**
 * Everything that crosses between the page and its workers. Types only: this file must compile to nothing, so that the page
 * never pulls worker code into its first load. Pixels travel as transferables, progress travels as `WorkerEvent` on one MessagePort.
 */
export type * from './protocol/engine';
export type * from './protocol/dataset';
export type * from './protocol/runs';
export type * from './protocol/results';
export type * from './protocol/explore';
export type * from './protocol/export';
export type * from './protocol/features';
