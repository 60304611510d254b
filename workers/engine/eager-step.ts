import * as tf from '@tensorflow/tfjs-core';
import type { CompiledStep, Engine, Optimizer, StepDefinition, StepResult } from './types';

/** Tensors of a definition's states as they start. */
export function initialState<S extends string>(definition: Pick<StepDefinition<string, S>, 'state'>): Record<S, tf.Tensor> {
  const entries = Object.entries<{ shape: readonly number[]; values: Float32Array }>(definition.state ?? {});
  return Object.fromEntries(entries.map(([name, { shape, values }]) =>
    [name, tf.keep(tf.tensor(values.slice(), shape as number[], 'float32'))])) as Record<S, tf.Tensor>;
}

/** @throws RangeError when an input is missing or of another size than defined. */
export function checkInputs<I extends string>(shapes: Record<I, readonly number[]>, inputs: Record<I, Float32Array>): void {
  for (const [name, shape] of Object.entries<readonly number[]>(shapes)) {
    const size = shape.reduce((product, side) => product * side, 1);
    const given = (inputs as Record<string, Float32Array | undefined>)[name]?.length;
    if (given !== size) throw new RangeError(`The step takes ${size} numbers [${shape.join()}] for ${name}, not ${given ?? 'none'}.`);
  }
}

/** The loss of a definition, with the next states kept past the enclosing tidy. */
export function lossOf<I extends string, S extends string>(
  definition: StepDefinition<I, S>, params: Record<string, tf.Tensor>, inputs: Record<I, tf.Tensor>, state: Record<S, tf.Tensor>,
): { loss: tf.Tensor; next: Record<S, tf.Tensor> } {
  const result = definition.loss(params, inputs, state);
  if (result instanceof tf.Tensor) return { loss: result, next: state };
  for (const tensor of Object.values<tf.Tensor>(result.state)) tf.keep(tensor);
  return { loss: result.loss, next: result.state };
}

/** A compiled step on an engine that has nothing to record: every run goes under the tape. */
export class EagerStep<I extends string, S extends string> implements CompiledStep<I, S> {
  state: Record<S, tf.Tensor>;

  constructor(private readonly engine: Engine, private readonly optimizer: Optimizer, private readonly definition: StepDefinition<I, S>) {
    this.state = initialState(definition);
  }

  run(inputs: Record<I, Float32Array>, learningRate: number): StepResult {
    const { definition, state } = this;
    checkInputs(definition.inputs, inputs);
    let next = state;
    const result = this.engine.trainStep(this.optimizer, learningRate, (params) => {
      const tensors = Object.fromEntries(Object.entries<readonly number[]>(definition.inputs).map(([name, shape]) =>
        [name, tf.tensor(inputs[name as I], shape as number[], 'float32')])) as Record<I, tf.Tensor>;
      const outcome = lossOf(definition, params, tensors, state);
      next = outcome.next;
      return outcome.loss;
    });
    for (const [name, tensor] of Object.entries<tf.Tensor>(state)) if (next[name as S] !== tensor) tensor.dispose();
    this.state = next;
    return result;
  }

  dispose(): void {
    tf.dispose(this.state);
  }
}
