import type { DataSetSummary, Recipe, RunResult } from '../protocol';
import type { PresetOptions, Preset } from '../runs/recipe';
import type { GraphNode } from '../runs/runner';
import type { BoundStage } from '../runs/stage';
import type { Bundle } from '../runs/types';

/** What one node is expected to cost, for the forecast. */
export interface NodeCost {
  /** Multiply-adds counted twice, forward and backward. */
  flops: number;
  /** Tensor bytes alive at the peak. */
  bytes: number;
}

/** One of the systems. A new one is a folder that exports this shape and a line in the index. */
export interface Method {
  id: Recipe['method'];
  stages: readonly BoundStage[];
  presets: Record<Preset, PresetOptions>;
  /** The stage graph of a resolved recipe, inputs before those that need them. */
  graph(recipe: Recipe): GraphNode[];
  /** What a node of `nodes` costs on this data set. */
  cost(node: GraphNode, dataset: DataSetSummary, nodes: readonly GraphNode[]): NodeCost;
  result(bundles: Map<string, Bundle>): RunResult;
}
