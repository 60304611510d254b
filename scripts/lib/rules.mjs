/**
 * Arrows of the house (docs, design): src -> client -> protocol <- workers; methods -> nets, diffusion, engine;
 * metrics and formats depend on nothing. Each rule says which edges it forbids and why.
 *
 * @typedef {import('./graph.mjs').Edge} Edge
 * @typedef {{ name: string, why: string, forbids: (edge: Edge) => boolean }} Rule
 */

/**
 * @param {string} folder
 * @param {string} file
 */
const within = (folder, file) => file.startsWith(`${folder}/`);

/** @param {string} file */
const isTest = (file) => /\.(test|testing)\.tsx?$/.test(file);

/** @param {string} file */
const isPackage = (file) => !/^(src|workers|cli|bench|e2e|scripts)\//.test(file) && !file.startsWith('.');

const PROTOCOL = 'workers/protocol.ts';
/** What pure folders may lean on: seeded draws, errors with a sentence, and the shared types. */
const GROUND = ['workers/random.ts', 'workers/failure.ts', PROTOCOL];
const METHODS_MAY_USE = ['methods', 'nets', 'diffusion', 'engine', 'metrics', 'features', 'students', 'audit', 'data', 'runs'];
/** Packages of the tensor runtime; heavy, so the page must never pull them in. */
const TENSORS = /^@tensorflow\//;

/** @type {Rule[]} */
export const rules = [
  {
    name: 'page-has-no-worker-code',
    why: 'the page takes types from workers/protocol.ts only, and starts workers by URL from src/client',
    forbids: ({ from, to, kind }) =>
      within('src', from) && !isTest(from) && within('workers', to) &&
      !(to === PROTOCOL && kind === 'type') &&
      !(within('src/client', from) && kind === 'worker' && /^workers\/[^/]+\.worker\.ts$/.test(to)),
  },
  {
    name: 'page-has-no-tensors',
    why: 'tensor packages would break the budget of the first load',
    forbids: ({ from, to }) => within('src', from) && TENSORS.test(to),
  },
  {
    name: 'workers-know-no-page',
    why: 'workers run without a page, on the command line and in tests',
    forbids: ({ from, to }) => within('workers', from) && (/^(src|cli|bench|e2e|scripts)\//.test(to) || /^(react|react-dom|zustand|i18next)(\/|$)/.test(to)),
  },
  {
    name: 'pure-folders-stand-alone',
    why: 'metrics and formats are plain numbers and bytes, usable anywhere',
    forbids: ({ from, to }) => {
      const folder = ['workers/metrics', 'workers/formats'].find((name) => within(name, from));
      return folder !== undefined && !isTest(from) && !isPackage(to) && !within(folder, to) && !GROUND.includes(to);
    },
  },
  {
    name: 'methods-sit-on-top',
    why: 'nets, diffusion, engine, metrics, students and the audit must not know any method',
    forbids: ({ from, to }) => /^workers\/(nets|diffusion|engine|metrics|features|students|audit|formats|data)\//.test(from) && within('workers/methods', to),
  },
  {
    name: 'engine-is-the-bottom',
    why: 'the engine knows neither models nor runs',
    forbids: ({ from, to }) => within('workers/engine', from) && !isTest(from) && /^workers\/(nets|diffusion|runs|data)\//.test(to),
  },
  {
    name: 'feature-nets-only-see',
    why: 'a feature net turns pixels into features; it knows no training and no method',
    forbids: ({ from, to }) =>
      within('workers/features', from) && !isTest(from) && within('workers', to) && !GROUND.includes(to) &&
      !['workers/onnx.worker.ts', 'workers/distance.worker.ts'].includes(to) &&
      !['features', 'engine', 'nets', 'metrics', 'formats', 'data', 'runs'].some((name) => within(`workers/${name}`, to)),
  },
  {
    name: 'methods-use-the-seams',
    why: 'a method is a folder of its own above nets, diffusion, engine, metrics, students and the audit',
    forbids: ({ from, to }) =>
      within('workers/methods', from) && !isTest(from) && within('workers', to) && !GROUND.includes(to) &&
      !METHODS_MAY_USE.some((name) => within(`workers/${name}`, to)),
  },
  {
    name: 'tests-stay-out',
    why: 'test helpers must not reach the build',
    forbids: ({ from, to }) => /^(src|workers|cli)\//.test(from) && !isTest(from) && isTest(to),
  },
];

/**
 * @param {Edge[]} edges
 * @returns {string[]} one line for every forbidden import
 */
export function violations(edges) {
  return rules.flatMap((rule) =>
    edges.filter((edge) => rule.forbids(edge)).map(({ from, to }) => `${from} -> ${to}  (${rule.name}: ${rule.why})`),
  );
}
