import { trainingBytes } from '../../diffusion/memory';
import { auditStage } from '../../audit/audit.stage';
import { netOf, trainingFlops, type TrainingOptions } from '../../diffusion/options';
import { imageShape, scorerStage } from '../../diffusion/scorer.stage';
import type { FeaturesOptions } from '../../features/features.options';
import { featuresStage } from '../../features/features.stage';
import { inceptionFlops } from '../../features/inception.graph';
import { convNetForwardFlops } from '../../nets/convnet';
import { encoderNet } from '../../nets/encoder';
import type { EncoderOptions } from '../../nets/encoder.options';
import { encoderStage, judgeStage } from '../../nets/encoder.stage';
import { forwardFlops } from '../../nets/net';
import type { DataSetSummary, OptionValue, Recipe, RunResult, SelectOptions, StageId } from '../../protocol';
import type { GraphNode } from '../../runs/runner';
import { bindStage, type BoundStage } from '../../runs/stage';
import type { Method, NodeCost } from '../method';
import { studentNet } from '../../students/net';
import type { StudentOptions, TeacherOptions } from '../../students/options';
import { studentsStage } from '../../students/students.stage';
import { teacherStage } from '../../students/teacher.stage';
import { evaluationSteps } from './curve';
import { curveStage, type CurveOptions } from './curve.stage';
import { evaluateStage } from './evaluate.stage';
import { presets } from './presets';
import { scoreStage, type ScoreOptions } from './score.stage';
import { selectStage } from './select.stage';

const stages = {
  encoder: bindStage(encoderStage),
  audit: bindStage(auditStage),
  judge: bindStage(judgeStage),
  scorer: bindStage(scorerStage),
  score: bindStage(scoreStage),
  select: bindStage(selectStage),
  curve: bindStage(curveStage),
  teacher: bindStage(teacherStage),
  students: bindStage(studentsStage),
  features: bindStage(featuresStage),
  evaluate: bindStage(evaluateStage),
} satisfies Partial<Record<StageId, BoundStage>>;

/**
 * The teacher and the students of every arm; none without seeds. Packed images are a set of their own, random ones stored at half the side.
 */
function studentNodes(teacher: Record<string, OptionValue>, students: Record<string, OptionValue>): GraphNode[] {
  const { seeds, packed } = students as unknown as StudentOptions;
  if (seeds === 0) return [];
  const arm = (name: string, subset: Record<string, string>, half = false): GraphNode =>
    ({ id: `students:${name}`, stage: stages.students, options: { ...students, packed: half }, inputs: { teacher: 'teacher', ...subset } });
  return [
    { id: 'teacher', stage: stages.teacher, options: teacher, inputs: {} },
    arm('method', { subset: 'select' }), arm('random', { subset: 'random' }), arm('full', {}),
    ...(packed ? [arm('packed', { subset: 'random' }, true)] : []),
  ];
}

/** A feature net's view of the data set and of the samples of every arm; none unless a net is named. */
function featureNodes(features: Record<string, OptionValue>): GraphNode[] {
  if (features.net === '') return [];
  const node = (name: string, inputs: Record<string, string>): GraphNode => ({ id: `features:${name}`, stage: stages.features, options: features, inputs });
  return [
    node('data', {}), node('method', { curve: 'curve:method' }), node('random', { curve: 'curve:random' }), node('full', { curve: 'curve:full' }),
  ];
}

/**
 * The stage graph of D2C Select. The random arm is the select stage itself with the random strategy and a seed beside the
 * selection's, so that "random" as a method still has another draw to stand against.
 */
function graph(recipe: Recipe): GraphNode[] {
  const options = (id: StageId): Record<string, OptionValue> => recipe.options[id] ?? {};
  const select = options('select') as unknown as SelectOptions;
  const learners = studentNodes(options('teacher'), options('students'));
  const features = featureNodes(options('features'));
  const random = stages.select.resolve({ strategy: 'random', imagesPerClass: select.imagesPerClass, seed: (select.seed + 1) >>> 0 });
  return [
    { id: 'encoder', stage: stages.encoder, options: options('encoder'), inputs: {} },
    { id: 'audit', stage: stages.audit, options: options('audit'), inputs: { encoder: 'encoder' } },
    { id: 'judge', stage: stages.judge, options: options('judge'), inputs: {} },
    { id: 'scorer', stage: stages.scorer, options: options('scorer'), inputs: {} },
    { id: 'score', stage: stages.score, options: options('score'), inputs: { scorer: 'scorer' } },
    { id: 'select', stage: stages.select, options: options('select'), inputs: { score: 'score', encoder: 'encoder' } },
    { id: 'random', stage: stages.select, options: random, inputs: { score: 'score', encoder: 'encoder' } },
    { id: 'curve:method', stage: stages.curve, options: options('curve'), inputs: { judge: 'judge', subset: 'select' } },
    { id: 'curve:random', stage: stages.curve, options: options('curve'), inputs: { judge: 'judge', subset: 'random' } },
    { id: 'curve:full', stage: stages.curve, options: options('curve'), inputs: { judge: 'judge' } },
    ...learners,
    ...features,
    {
      id: 'evaluate', stage: stages.evaluate, options: options('evaluate'),
      inputs: {
        encoder: 'encoder', audit: 'audit', judge: 'judge', score: 'score', select: 'select',
        curveMethod: 'curve:method', curveRandom: 'curve:random', curveFull: 'curve:full',
        ...Object.fromEntries([...learners, ...features].map(({ id }) => [id, id])),
      },
    },
  ];
}

/** Peak tensor bytes of a training step of an encoder or student, in tensors of the finest level: 25 to 42, read off the tape of the wasm engine. */
const TAPE_TENSORS = { encoder: 43, student: 43 };

/** Weights of the FID Inception, and a batch of its widest activations three times over. */
const FEATURE_BYTES = 220 * 2 ** 20;

/** What a node costs: network passes counted, everything else negligible. */
function cost(node: GraphNode, dataset: DataSetSummary, nodes: readonly GraphNode[]): NodeCost {
  const shape = imageShape(dataset);
  const count = (split: 'train' | 'test' | 'reserve') => dataset.classes.reduce((sum, each) => sum + each[split], 0);
  switch (node.stage.id) {
    case 'encoder':
    case 'judge': {
      const options = node.options as unknown as EncoderOptions;
      const forward = convNetForwardFlops(encoderNet({ size: shape.size, channels: shape.channels, classes: shape.classes, width: options.width }));
      const trainedOn = node.stage.id === 'judge' && count('reserve') > 0 ? count('reserve') : count('train');
      const images = Math.min(options.maxSteps * options.batch, Math.max(options.minSteps * options.batch, options.epochs * trainedOn));
      return { flops: forward * (3 * images + dataset.count), bytes: options.batch * shape.size ** 2 * options.width * TAPE_TENSORS.encoder * 4 };
    }
    case 'scorer': {
      const options = node.options as unknown as TrainingOptions;
      return { flops: trainingFlops(options, shape), bytes: trainingBytes(options, shape) };
    }
    case 'score': {
      const options = node.options as unknown as ScoreOptions;
      const again = options.agreementImages === 0 ? count('train') : Math.min(options.agreementImages, count('train'));
      const scorer = nodes.find(({ id }) => id === node.inputs.scorer)?.options as unknown as TrainingOptions;
      const passes = (count('train') + again) * options.timesteps;
      // No tape, but a pass still holds its own activations: a training step of this batch is the upper bound.
      return { flops: forwardFlops(netOf(scorer, shape)) * passes, bytes: trainingBytes({ ...scorer, batch: options.batch }, shape) };
    }
    case 'curve': {
      const options = node.options as unknown as CurveOptions;
      const points = evaluationSteps(options.evaluateAt, options.evaluateEvery, options.steps).size;
      const passes = options.samplerSteps * (options.guidance === 1 ? 1 : 2);
      const sampling = forwardFlops(netOf(options, shape)) * options.samples * passes * points;
      return { flops: trainingFlops(options, shape) + sampling, bytes: trainingBytes(options, shape) };
    }
    case 'teacher': {
      const options = node.options as unknown as TeacherOptions;
      const forward = convNetForwardFlops(studentNet(shape, options.width));
      const images = Math.min(options.maxSteps * options.batch, Math.max(options.minSteps * options.batch, options.epochs * count('train')));
      return { flops: forward * (3 * images + count('test')), bytes: options.batch * shape.size ** 2 * options.width * TAPE_TENSORS.student * 4 };
    }
    case 'students': {
      const options = node.options as unknown as StudentOptions;
      const forward = convNetForwardFlops(studentNet(shape, options.width));
      // Three passes' worth a step with hard labels; the teacher's pass comes on top with soft ones.
      const passes = options.seeds * options.steps * options.batch * (3 + 4) + 2 * options.seeds * count('test');
      return { flops: forward * passes, bytes: options.batch * shape.size ** 2 * options.width * TAPE_TENSORS.student * 4 };
    }
    case 'features': {
      const { images } = node.options as unknown as FeaturesOptions;
      const curve = nodes.find(({ id }) => id === 'curve:full')?.options as unknown as CurveOptions;
      const looked = node.id === 'features:data' ? Math.min(images, count('test')) + Math.min(2 * images, count('train')) : Math.min(images, curve.samples);
      // What is in an ONNX file is not known before it is opened: it counts like the Inception.
      return { flops: looked * inceptionFlops(), bytes: FEATURE_BYTES };
    }
    default:
      return { flops: 0, bytes: 0 };
  }
}

export const d2c: Method = {
  id: 'd2c',
  stages: Object.values(stages),
  presets,
  graph,
  cost,
  result: (bundles) => bundles.get('evaluate')?.head.result as RunResult,
};
