import type { OptionValue, StageDescription } from '../../../workers/protocol';

/** One option of a stage as a form shows it, read from the stage's JSON Schema. */
export interface OptionField {
  name: string;
  title: string;
  description: string;
  kind: 'number' | 'integer' | 'boolean' | 'choice' | 'text';
  choices: OptionValue[];
  minimum: number | null;
  maximum: number | null;
  preset: OptionValue | null;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const isValue = (value: unknown): value is OptionValue => ['string', 'number', 'boolean'].includes(typeof value);
const asNumber = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

const ACRONYMS = /\b(ema|snr)\b/g;

/** `warmupSteps` as `Warmup steps`, for options whose schema gives no title. */
export function humanise(name: string): string {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase().replace(ACRONYMS, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function choicesOf(property: Json): OptionValue[] {
  if (Array.isArray(property.enum)) return property.enum.filter(isValue);
  const branches = [property.anyOf, property.oneOf].find(Array.isArray) ?? [];
  return branches.filter(isObject).map((branch) => branch.const).filter(isValue);
}

/** Zod writes safe-integer bounds into every integer; those are no help to a person. */
function bound(inclusive: unknown, exclusive: unknown): number | null {
  const value = asNumber(inclusive) ?? asNumber(exclusive);
  return value === null || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? null : value;
}

/** The options of a stage in the order of its schema. Nested objects have no field and are left to recipes. */
export function fieldsOf(stage: StageDescription): OptionField[] {
  const properties = isObject(stage.schema.properties) ? stage.schema.properties : {};
  return Object.entries(properties).flatMap(([name, raw]): OptionField[] => {
    if (!isObject(raw)) return [];
    const choices = choicesOf(raw);
    const kind = choices.length > 0 ? 'choice'
      : raw.type === 'number' || raw.type === 'integer' || raw.type === 'boolean' ? raw.type
      : raw.type === 'string' ? 'text' : null;
    if (kind === null) return [];
    return [{
      name, kind, choices,
      title: typeof raw.title === 'string' ? raw.title : humanise(name),
      description: typeof raw.description === 'string' ? raw.description : '',
      minimum: bound(raw.minimum, raw.exclusiveMinimum),
      maximum: bound(raw.maximum, raw.exclusiveMaximum),
      preset: isValue(raw.default) ? raw.default : null,
    }];
  });
}

/** The typed value of what stands in a form field, or null when it is empty or not a value of that kind. */
export function parseField(field: OptionField, text: string): OptionValue | null {
  if (text.trim() === '') return null;
  if (field.kind === 'choice') return field.choices.find((choice) => String(choice) === text) ?? null;
  if (field.kind === 'boolean') return text === 'true';
  if (field.kind === 'text') return text;
  const value = Number(text);
  if (!Number.isFinite(value)) return null;
  return field.kind === 'integer' ? Math.round(value) : value;
}
