import type { Failure, Verdict } from '../protocol';

type Params = Record<string, string | number>;

/** Every reason a file can get, as an English sentence. The page translates by code and params. */
const SENTENCES = {
  'empty-file': () => 'The file has no bytes. Copy it again from where it came.',
  'not-a-picture': (p: Params) => `By its content this is ${p.type}, not a picture. Remove it or export it as PNG or JPEG.`,
  'unsupported-type': (p: Params) => `${p.type} files cannot be decoded by the browser. Convert it to PNG or JPEG.`,
  'nested-zip': () => 'This is a zip inside the folder or zip. Unpack it, or drop it by itself.',
  'broken': () => 'The picture is damaged and cannot be decoded. Copy it again from where it came.',
  'truncated': () => 'The file was cut off before its end. Copy it again from where it came.',
  'too-large': (p: Params) => `The picture is ${p.width} x ${p.height} pixels; the limit is ${p.side} a side and ${p.megapixels} megapixels. Make it smaller first.`,
  'too-heavy': (p: Params) => `The file has ${p.bytes} bytes; the limit is ${p.limit}. Save it smaller first.`,
  'encrypted': () => 'The zip entry is encrypted. Unpack the zip with its password and drop the folder.',
  'unsafe-name': () => 'The name points outside the zip or holds control characters. Rename it and pack the zip again.',
  'bomb-entry': () => 'The zip entry unpacks to far more than it holds, as zip bombs do. It was left out.',
  'unreadable': () => 'The file could not be read. Check that it still exists and may be opened, then read the folder again.',
  'no-class': () => 'The picture lies beside the class folders and so has no class. Move it into one of them.',
  'outside-splits': () => 'The picture lies outside the train and test folders. Move it into one of them.',
  'not-in-table': (p: Params) => `The label table ${p.table} has no row for this picture. Add one or remove the picture.`,
  'duplicate': (p: Params) => `Exact duplicate of ${p.of}. Only the first was kept.`,
  'duplicate-other-class': (p: Params) => `Exact duplicate of ${p.of}, which has the other label ${p.ofClass} instead of ${p.class}. Only the first was kept; check which label is right.`,
  'near-duplicate': (p: Params) => `Nearly the same picture as ${p.of}.`,
  'near-duplicate-other-class': (p: Params) => `Nearly the same picture as ${p.of}, which has the other label ${p.ofClass} instead of ${p.class}. Check which label is right.`,
  'animated': () => 'The picture is animated; its first frame was taken.',
  'deep': (p: Params) => `The picture has ${p.depth} bits a channel; the browser reduced it to 8.`,
  'cmyk': () => 'The picture is in CMYK; the browser turned it into RGB.',
  'ignored-system': (p: Params) => `${p.count} hidden or system files, such as this one, were passed over.`,
  'part-of-export': (p: Params) => `${p.count} files that describe the export, such as this one, were passed over.`,
  'label-table': () => 'Read as the label table.',
  'beyond-limit': (p: Params) => `${p.count} pictures beyond the limit, such as this one, were not read. Raise the limit to read them.`,
} satisfies Record<string, (params: Params) => string>;

export type VerdictCode = keyof typeof SENTENCES;

/** Why a file was refused or what was noted about it. */
export interface Reason {
  code: VerdictCode;
  params: Params;
}

export function sentence({ code, params }: Reason): string {
  return SENTENCES[code](params);
}

/** A verdict with its sentence. Several reasons share one verdict: the first gives the code, all give sentences. */
export function verdict(path: string, status: Verdict['status'], index: number, reasons: readonly Reason[]): Verdict {
  const first = reasons[0];
  return {
    path, status, index,
    code: first?.code ?? '',
    sentence: reasons.map(sentence).join(' '),
    params: Object.assign({}, ...reasons.map((reason) => reason.params).reverse()) as Params,
  };
}

/** A warning about the whole data set. */
export function warning(code: string, text: string, params: Params): Failure {
  return { code, sentence: text, params, detail: '' };
}

/** The refusal of one file, thrown while it is read. */
export class Refusal extends Error {
  constructor(readonly reason: Reason, options?: ErrorOptions) {
    super(reason.code, options);
  }
}

export function refuse(code: VerdictCode, params: Params = {}, cause?: unknown): Refusal {
  return new Refusal({ code, params }, { cause });
}
