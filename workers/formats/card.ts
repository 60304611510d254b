import { describeSelection, metricRows, pictureSentence, verdicts, type ExportFacts } from './facts';
import { cardLicence } from './licence';
import { judgeLimits } from './limits';
import { METADATA_COLUMNS } from './metadata';
import { limitCells } from './report.limits';
import { EN } from './report.tongue';

/** JSON strings are valid double-quoted YAML, whatever the text. */
const quote = (text: string): string => JSON.stringify(text);

/** Text inside a Markdown table or line: no pipe, tag, emphasis or line break can leave its cell. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>#|~&]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Text inside a Python string literal of a code block. */
function python(text: string): string {
  return JSON.stringify(text).replace(/`/g, '\\u0060');
}

function sizeCategory(count: number): string {
  if (count < 1e3) return 'n<1K';
  if (count < 1e4) return '1K<n<10K';
  return count < 1e5 ? '10K<n<100K' : '100K<n<1M';
}

function features(facts: ExportFacts): string[] {
  const names = facts.classes.map(({ index, name }) => `          '${index}': ${quote(name)}`);
  const lines = ['  features:', '  - name: image', '    dtype: image', '  - name: label', '    dtype:', '      class_label:', '        names:', ...names];
  if (facts.plainFolders) return lines;
  for (const { name, dtype, list } of METADATA_COLUMNS) lines.push(`  - name: ${name}`, list ? `    sequence: ${dtype}` : `    dtype: ${dtype}`);
  return lines;
}

function frontMatter(facts: ExportFacts): string[] {
  return [
    '---',
    `pretty_name: ${quote(facts.title)}`,
    ...cardLicence(facts.licence),
    'task_categories:', '- image-classification', '- unconditional-image-generation',
    'size_categories:', `- ${quote(sizeCategory(facts.count))}`,
    'tags:', '- dataset-condensation', '- croissant',
    'configs:', '- config_name: default', '  data_files:', '  - split: train', '    path: "train/**"',
    'dataset_info:', ...features(facts), '  splits:', '  - name: train', `    num_examples: ${facts.count}`,
    '---',
  ];
}

function loading(facts: ExportFacts): string[] {
  const names = `[${facts.classes.map(({ name }) => python(name)).join(', ')}]`;
  const lines = [
    '## Load it', '', '```python',
    'from datasets import ClassLabel, load_dataset',
  ];
  if (facts.plainFolders) lines.push('data = load_dataset("imagefolder", data_dir="condensed", split="train")');
  else {
    lines.push(
      '# Names of classes are not inferred beside metadata, so they are given here.',
      `names = ${names}`,
      'data = load_dataset("imagefolder", data_dir="condensed", split="train").cast_column("label", ClassLabel(names=names))',
    );
  }
  lines.push('', 'from torchvision.datasets import ImageFolder', 'data = ImageFolder("condensed/train")  # class indices are those of classes.json', '```', '');
  lines.push('`condensed` is the folder this zip was unpacked to. `CHECKSUMS.sha256` can be checked with `sha256sum -c`.');
  const power = Number.isInteger(Math.log2(facts.size));
  if (power && facts.pictures.originals === 0) lines.push('The zip itself is a data set for EDM and StyleGAN (`dataset.json` holds their labels).');
  return lines;
}

function contents(facts: ExportFacts): string[] {
  const before = facts.dataset;
  const rows = facts.classes.map(({ index, name, folder, before: from, after }) => `| ${index} | ${plain(name)} | ${plain(folder)} | ${from} | ${after} |`);
  return [
    '## What is in it', '',
    `${facts.count} of ${before.trainImages} training images (${EN.percent(facts.count / before.trainImages)}), ${EN.bytes(facts.pictures.bytes)} of pictures instead of ${EN.bytes(before.trainBytes)}. Chosen by ${describeSelection(facts.selection)}. No pixel was invented: every picture is one of the source images.`,
    '', pictureSentence(facts), '',
    '| label | class | folder | training images | kept |', '|---:|---|---|---:|---:|', ...rows,
  ];
}

function measured(facts: ExportFacts): string[] {
  if (facts.result === null) return ['## What it is worth', '', facts.unmeasured === '' ? '' : EN.words.unmeasured[facts.unmeasured]];
  const rows = metricRows(facts.result).map((row) => `| ${row.name} | ${row.method} | ${row.random} | ${row.full} | ${row.floor} |`);
  return [
    '## What it is worth', '',
    '| figure | this set | random set of the same size | all training images | floor |', '|---|---:|---:|---:|---:|', ...rows, '',
    ...verdicts(facts.result).map((sentence) => `- ${sentence}`),
  ];
}

/** The limits that the person set, with what was measured; no section without any. */
function accepted(facts: ExportFacts): string[] {
  const rows = judgeLimits(facts.limits, facts).map((each) => `| ${limitCells(each, EN).join(' | ')} |`);
  const { title, limit, asked, value, verdict } = EN.words.limits;
  return rows.length === 0 ? [] : [`## ${title}`, '', `| ${[limit, asked, value, verdict].join(' | ')} |`, '|---|---|---|---|', ...rows, ''];
}

function limits(facts: ExportFacts): string[] {
  const lines = [
    '## Limits', '',
    '- A small set repeats what was in the source images, mistakes of labelling included. Images that hardly occur there may be missing here.',
    '- Classes do not keep the shares they had unless they had equal shares; `weight` is 1.0 for every image and does not correct for that.',
    '- `soft_label` is 1.0 at the label and 0.0 elsewhere: no teacher was asked.',
    '- `difficulty` is the error of one diffusion model trained on these images; it orders images within a class and means little beyond that.',
    '- No test images are included. Evaluate on data that this set was not chosen from.',
  ];
  return facts.plainFolders ? [...lines.slice(0, 3), '- Labels are the folders; weights, soft labels and difficulty were left out.', lines[6]] : lines;
}

/** README.md of an export: a Hugging Face dataset card with front matter, loading lines, figures with baselines, limits. `hasCurve`: curve.svg stands beside it. */
export function writeCard(facts: ExportFacts, hasCurve: boolean): string {
  const charts = ['![Images per class](classes.svg)', ...(hasCurve ? ['', '![FD(domain) while training](curve.svg)'] : [])];
  return [
    ...frontMatter(facts), '', `# ${plain(facts.title)}`, '',
    `A condensed data set, made with Retort ${facts.appVersion}${facts.engine ? ` on ${plain(facts.engine.kind)} (${plain(facts.engine.adapter)})` : ''}.`,
    '`recipe.json` holds every option and seed; the same images and the same adapter give the same bytes again.', '',
    ...contents(facts), '', ...charts, '', ...measured(facts), '', ...accepted(facts), ...loading(facts), '', ...limits(facts), '',
  ].join('\n');
}
