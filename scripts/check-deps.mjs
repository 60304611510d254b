// Dependency rules on the real import graph. TypeScript 7 has no JavaScript API for the usual tools to parse with, so the
// bundler's parser does it.
import { cycles, importsOf, sources } from './lib/graph.mjs';
import { root } from './lib/paths.mjs';
import { violations } from './lib/rules.mjs';

const files = sources(root, ['src', 'workers', 'cli', 'bench']);
const edges = files.flatMap((file) => importsOf(root, file));
const problems = [
  ...violations(edges),
  ...cycles(edges).map((path) => `${path.join(' -> ')}  (no-cycles)`),
];
for (const problem of problems) console.error(problem);
console.log(`${files.length} files, ${edges.length} imports, ${problems.length} against the rules`);
process.exitCode = problems.length > 0 ? 1 : 0;
