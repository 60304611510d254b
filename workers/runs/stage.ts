import { z } from 'zod';
import { RetortError } from '../failure';
import type { OptionValue, StageDescription, StageId } from '../protocol';
import type { Bundle, Stage, StageContext } from './types';

/** A stage with its types folded away, so that stages of every kind can stand in one graph. */
export interface BoundStage {
  id: StageId;
  version: number;
  description: StageDescription;
  /** Options with defaults filled in. @throws RetortError('bad-option') naming the option. */
  resolve(options: Record<string, unknown>): Record<string, OptionValue>;
  run(context: StageContext, inputs: Record<string, Bundle>, options: Record<string, OptionValue>): Promise<Bundle>;
}

function parse<Options>(id: StageId, schema: z.ZodType<Options>, options: Record<string, unknown>): Options {
  const known = z.toJSONSchema(schema, { io: 'input' }).properties ?? {};
  for (const name of Object.keys(options)) {
    if (!(name in known)) {
      const names = Object.keys(known).join(', ');
      throw new RetortError('unknown-option', `There is no option ${id}.${name}. The options of ${id} are: ${names}.`, { stage: id, option: name, names });
    }
  }
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const option = issue.path.map(String).join('.');
  throw new RetortError('bad-option', `The option ${id}.${option} is not valid: ${issue.message}.`, { stage: id, option, problem: issue.message });
}

/** Folds a stage's types away behind its own schema. */
export function bindStage<Options, Inputs extends Record<string, Bundle>>(stage: Stage<Options, Inputs>): BoundStage {
  return {
    id: stage.id,
    version: stage.version,
    description: {
      id: stage.id,
      version: stage.version,
      title: stage.title,
      shard: stage.shard,
      schema: z.toJSONSchema(stage.options, { io: 'input' }) as Record<string, unknown>,
    },
    resolve: (options) => parse(stage.id, stage.options, options) as Record<string, OptionValue>,
    run: (context, inputs, options) => stage.run(context, inputs as Inputs, parse(stage.id, stage.options, options)),
  };
}
