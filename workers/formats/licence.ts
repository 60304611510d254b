/** SPDX identifiers that the Hugging Face hub knows, lower case as it writes them, with the spelling of spdx.org. */
const KNOWN = new Map([
  'CC0-1.0', 'CC-BY-4.0', 'CC-BY-3.0', 'CC-BY-2.0', 'CC-BY-SA-4.0', 'CC-BY-SA-3.0', 'CC-BY-NC-4.0', 'CC-BY-NC-3.0', 'CC-BY-NC-SA-4.0',
  'CC-BY-NC-SA-3.0', 'CC-BY-NC-ND-4.0', 'CC-BY-ND-4.0', 'MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ODbL-1.0', 'PDDL-1.0',
  'ODC-By-1.0', 'Unlicense', 'ISC',
].map((id) => [id.toLowerCase(), id]));

const HUB_NAMES: Record<string, string> = { 'odbl-1.0': 'odbl', 'pddl-1.0': 'pddl', 'odc-by-1.0': 'odc-by' };

function spdx(licence: string): string | undefined {
  return KNOWN.get(licence.trim().toLowerCase());
}

/** Lines of a dataset card's front matter. Unknown licences keep their wording under `license_name`; none is `unknown`. */
export function cardLicence(licence: string): string[] {
  const id = spdx(licence)?.toLowerCase();
  if (id !== undefined) return [`license: ${HUB_NAMES[id] ?? id}`];
  return licence.trim() === '' ? ['license: unknown'] : ['license: other', `license_name: ${JSON.stringify(licence.trim())}`];
}

/** Address of a known licence; otherwise the person's own wording. */
export function croissantLicence(licence: string): string {
  const id = spdx(licence);
  if (id !== undefined) return `https://spdx.org/licenses/${id}.html`;
  return licence.trim() === '' ? 'not stated' : licence.trim();
}
