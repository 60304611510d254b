import type { DataSet } from '../data/types';
import { RetortError } from '../failure';
import { classifierFromWeights, type ConvNet, type FoldedWeights } from '../nets/convnet';
import { RandomStream } from '../random';
import type { Bundle, Stage, StageContext } from '../runs/types';
import { studentNet } from './net';
import { studentOptions, type StudentOptions } from './options';
import { packedAndUnpacked, type ImageSet } from './packed';
import { teacherOf } from './teacher.stage';
import { labeller, trainStudent, type Labels } from './train';

/** `subset` names the rows to learn from in `parts.rows`; without it all training images are. */
export type StudentInputs = { teacher: Bundle } | { teacher: Bundle; subset: Bundle };

/** Accuracy of one student on the test split. */
export interface StudentScore {
  labels: Labels;
  seed: number;
  accuracy: number;
}

const PROTOCOLS: readonly Labels[] = ['hard', 'soft'];
/** Side of packed images is the working side over this. */
const PACKING = 2;
const CHUNK = 1024;
const METRIC_EVERY = 10;

function setOf(dataset: DataSet, rows: Uint32Array): ImageSet {
  const labels = dataset.labels();
  return { pixels: dataset.pixels(rows), labels: Uint16Array.from(rows, (row) => labels[row]) };
}

/**
 * As many images at half the side as take the bytes of `rows`: four random ones of the same class for each, as far as the class has them. Seeded by
 * class, so that the draw does not depend on the selection beyond its class counts.
 */
export function packedSet(dataset: DataSet, rows: Uint32Array, seed: number): ImageSet {
  const labels = dataset.labels();
  const { size, channels, classes } = dataset.summary;
  const train = dataset.rows('train');
  const drawn = classes.flatMap((_, classIndex) => {
    const members = train.filter((row) => labels[row] === classIndex);
    const wanted = PACKING ** 2 * rows.reduce((sum, row) => sum + (labels[row] === classIndex ? 1 : 0), 0);
    const picks = new RandomStream(seed, `students/packed/${classIndex}`).sample(members.length, wanted);
    return Array.from(picks, (i) => members[i]);
  });
  const full = setOf(dataset, Uint32Array.from(drawn));
  return { ...full, pixels: packedAndUnpacked(full.pixels, size, channels, PACKING) };
}

function rowsOf(context: StageContext, inputs: StudentInputs): Uint32Array {
  if (!('subset' in inputs)) return context.dataset.rows('train');
  const { rows } = inputs.subset.parts;
  if (rows instanceof Uint32Array) return rows;
  throw new RetortError('artifact-incomplete', 'The stored selection lacks its rows. Delete this run\'s artifacts and start it again.', { part: 'rows' });
}

/** The class each of `rows` is taken for. */
async function predictedClasses(context: StageContext, net: ConvNet, weights: FoldedWeights, rows: Uint32Array): Promise<Uint32Array<ArrayBuffer>> {
  const classifier = classifierFromWeights(net, weights);
  const predicted = new Uint32Array(rows.length);
  try {
    for (let from = 0; from < rows.length; from += CHUNK) {
      const part = rows.subarray(from, from + CHUNK);
      const { logits } = await classifier.predict(context.dataset.pixels(part), part.length);
      part.forEach((_, i) => {
        const row = logits.subarray(i * net.classes, (i + 1) * net.classes);
        predicted[from + i] = row.indexOf(row.reduce((best, value) => Math.max(best, value), -Infinity));
      });
    }
  } finally {
    classifier.dispose();
  }
  return predicted;
}

/** Students already done, and the one in training. */
interface Progress {
  scores: StudentScore[];
  predicted: Uint32Array<ArrayBuffer>[];
}

/**
 * Trains small classifiers from scratch on a set and counts their right answers on the test split: `seeds` students with hard labels and as many with the
 * teacher's soft ones, all with the same net, steps, augmentation and streams whatever the set, so that sets alone differ.
 * Head: `scores`, and under which protocol. Parts: `predicted:hard` and `predicted:soft`, the class the first student of each kind gives each test row.
 */
export const studentsStage: Stage<StudentOptions, StudentInputs> = {
  id: 'students',
  version: 1,
  title: 'Train students',
  options: studentOptions,
  shard: 'none',
  async run(context, inputs, options) {
    const { dataset, engine, seed, checkpoint } = context;
    const { size, channels, classes } = dataset.summary;
    const shape = { size, channels, classes: classes.length };
    const teacher = teacherOf(inputs.teacher, shape);
    const rows = rowsOf(context, inputs);
    if (teacher === null || rows.length === 0) return { head: { scores: [], images: rows.length }, parts: {} };
    const set = options.packed ? packedSet(dataset, rows, seed) : setOf(dataset, rows);
    const net = studentNet(shape, options.width);
    const test = dataset.rows('test');
    const truth = dataset.labels();
    const plan = PROTOCOLS.flatMap((labels) => Array.from({ length: options.seeds }, (_, index) => ({ labels, seed: seed + index })));
    const stored = await checkpoint.load();
    const progress: Progress = {
      scores: (stored?.head.scores as StudentScore[] | undefined) ?? [],
      predicted: PROTOCOLS.flatMap((labels) => (stored?.parts[`predicted/${labels}`] as Uint32Array<ArrayBuffer> | undefined) ?? []),
    };
    let current: Bundle | null = stored?.head.current ? { head: stored.head.current as Bundle['head'], parts: stored.parts } : null;
    const predictions = (prefix: string): Bundle['parts'] => Object.fromEntries(progress.predicted.map((part, i) => [`${prefix}${PROTOCOLS[i]}`, part]));
    const labels = labeller(teacher.net, teacher.unfolded, options.teacherMode);
    try {
      for (const student of plan.slice(progress.scores.length)) {
        const done = progress.scores.length;
        const weights = await trainStudent(engine, { net, set, options, seed: student.seed, teacher: student.labels === 'soft' ? labels : null }, {
          breathe: async () => (await context.breathe()).checkpointDue,
          save: ({ head, parts }) => checkpoint.save({ head: { scores: progress.scores, current: head }, parts: { ...parts, ...predictions('predicted/') } }),
          step: async (step, loss) => {
            context.progress(done * options.steps + step, plan.length * options.steps);
            if (step % METRIC_EVERY === 0 || step === options.steps) context.metric(done * options.steps + step, { loss: await loss });
          },
        }, current);
        current = null;
        const predicted = await predictedClasses(context, net, weights, test);
        const right = predicted.reduce((sum, label, i) => sum + (label === truth[test[i]] ? 1 : 0), 0);
        const accuracy = right / test.length;
        progress.scores.push({ ...student, accuracy });
        if (student.seed === seed) progress.predicted.push(predicted);
        context.metric(progress.scores.length * options.steps, { accuracy });
        await checkpoint.save({ head: { scores: progress.scores }, parts: predictions('predicted/') });
      }
    } finally {
      labels.dispose();
    }
    return { head: { scores: progress.scores, images: set.labels.length, steps: options.steps, temperature: options.temperature }, parts: predictions('predicted:') };
  },
};
