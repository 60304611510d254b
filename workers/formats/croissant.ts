import { describeSelection, type ExportFacts } from './facts';
import { jsonText, type Json } from './json';
import { croissantLicence } from './licence';
import { METADATA_COLUMNS } from './metadata';

/** A file of the export as Croissant lists it. */
export interface CroissantFile {
  name: string;
  bytes: number;
  sha256: string;
}

const CONTEXT: Json = {
  '@language': 'en',
  '@vocab': 'https://schema.org/',
  sc: 'https://schema.org/',
  cr: 'http://mlcommons.org/croissant/',
  rai: 'http://mlcommons.org/croissant/RAI/',
  dct: 'http://purl.org/dc/terms/',
  prov: 'http://www.w3.org/ns/prov#',
  annotation: 'cr:annotation',
  arrayShape: 'cr:arrayShape',
  citeAs: 'cr:citeAs',
  column: 'cr:column',
  conformsTo: 'dct:conformsTo',
  containedIn: 'cr:containedIn',
  data: { '@id': 'cr:data', '@type': '@json' },
  dataType: { '@id': 'cr:dataType', '@type': '@vocab' },
  equivalentProperty: 'cr:equivalentProperty',
  examples: { '@id': 'cr:examples', '@type': '@json' },
  excludes: 'cr:excludes',
  extract: 'cr:extract',
  field: 'cr:field',
  fileProperty: 'cr:fileProperty',
  fileObject: 'cr:fileObject',
  fileSet: 'cr:fileSet',
  format: 'cr:format',
  includes: 'cr:includes',
  isArray: 'cr:isArray',
  isLiveDataset: 'cr:isLiveDataset',
  jsonPath: 'cr:jsonPath',
  key: 'cr:key',
  md5: 'cr:md5',
  parentField: 'cr:parentField',
  path: 'cr:path',
  readLines: 'cr:readLines',
  recordSet: 'cr:recordSet',
  references: 'cr:references',
  regex: 'cr:regex',
  repeated: 'cr:repeated',
  replace: 'cr:replace',
  sdVersion: 'cr:sdVersion',
  separator: 'cr:separator',
  source: 'cr:source',
  subField: 'cr:subField',
  transform: 'cr:transform',
  unArchive: 'cr:unArchive',
  value: 'cr:value',
};

const MEDIA_TYPES: Record<string, string> = {
  png: 'image/png', jpg: 'image/jpeg', webp: 'image/webp', jsonl: 'application/jsonlines', json: 'application/json',
  npy: 'application/x-npy', safetensors: 'application/octet-stream',
};

const COLUMN_TYPES: Record<string, string> = { string: 'sc:Text', float64: 'sc:Float' };

function extension(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function fileObject(file: CroissantFile): Json {
  return {
    '@type': 'cr:FileObject',
    '@id': file.name,
    name: file.name.slice(file.name.lastIndexOf('/') + 1),
    contentUrl: file.name,
    contentSize: `${file.bytes} B`,
    encodingFormat: MEDIA_TYPES[extension(file.name)],
    sha256: file.sha256,
  };
}

function field(set: string, name: string, dataType: Json, source?: Json, more: Record<string, Json> = {}): Json {
  return { '@type': 'cr:Field', '@id': `${set}/${name}`, name, dataType, ...(source === undefined ? {} : { source }), ...more };
}

function fromPicture(extract: Record<string, Json>, more: Record<string, Json> = {}): Json {
  return { fileSet: { '@id': 'pictures' }, extract, ...more };
}

function classSet(facts: ExportFacts): Json {
  return {
    '@type': 'cr:RecordSet',
    '@id': 'classes',
    name: 'classes',
    description: 'Classes by label, with the folder that holds their pictures.',
    dataType: 'sc:Enumeration',
    key: { '@id': 'classes/folder' },
    field: [field('classes', 'index', 'sc:Integer'), field('classes', 'name', 'sc:Text'), field('classes', 'folder', 'sc:Text')],
    data: facts.classes.map(({ index, name, folder }) => ({ 'classes/index': index, 'classes/name': name, 'classes/folder': folder })),
  };
}

/** The pictures with what their path tells: the class folder, and the key that joins them to the metadata. */
function pictureSet(facts: ExportFacts): Json {
  const path = (regex: string) => fromPicture({ fileProperty: 'fullpath' }, { transform: { regex } });
  const fields = [
    field('images', 'image', 'sc:ImageObject', fromPicture({ fileProperty: 'content' })),
    field('images', 'folder', ['sc:Text', 'cr:Label'], path('train/([^/]+)/[^/]+$'), { references: { field: { '@id': 'classes/folder' } } }),
  ];
  if (!facts.plainFolders) {
    fields.push(field('images', 'file_name', 'sc:Text', path('train/([^/]+/[^/]+)$'), { references: { field: { '@id': 'metadata/file_name' } } }));
  }
  return { '@type': 'cr:RecordSet', '@id': 'images', name: 'images', description: 'The pictures and their class folders.', field: fields };
}

function metadataSet(): Json {
  const column = (name: string): Json => ({ fileObject: { '@id': 'train/metadata.jsonl' }, extract: { column: name } });
  return {
    '@type': 'cr:RecordSet',
    '@id': 'metadata',
    name: 'metadata',
    description: 'One record a picture: label, origin, difficulty score, weight and soft label.',
    key: { '@id': 'metadata/file_name' },
    field: [
      field('metadata', 'file_name', 'sc:Text', column('file_name')),
      field('metadata', 'label', ['sc:Integer', 'cr:Label'], column('label'), { references: { field: { '@id': 'classes/index' } } }),
      ...METADATA_COLUMNS.map(({ name, dtype, list }) => field('metadata', name, COLUMN_TYPES[dtype], column(name), list ? { repeated: true } : {})),
    ],
  };
}

/**
 * Croissant 1.1 JSON-LD of an export. `files` are the single files worth listing with their digests; pictures are a file set.
 * `url`, `creator` and `datePublished` are for whoever publishes the set: an address or a date made up here would be wrong,
 * and a date would change the bytes of equal exports.
 */
export function writeCroissant(facts: ExportFacts, files: readonly CroissantFile[]): string {
  const source = `urn:sha256:${facts.dataset.hash}`;
  return jsonText({
    '@context': CONTEXT,
    '@type': 'sc:Dataset',
    conformsTo: 'http://mlcommons.org/croissant/1.1',
    name: facts.title,
    description: `${facts.count} images in ${facts.classes.length} classes, kept from ${facts.dataset.trainImages} training images by ${describeSelection(facts.selection)}.`,
    license: croissantLicence(facts.licence),
    version: '1.0.0',
    keywords: ['dataset condensation', 'image classification', 'diffusion models'],
    'prov:wasDerivedFrom': {
      '@id': source,
      '@type': 'prov:Entity',
      'prov:label': facts.dataset.name === '' ? 'source images' : facts.dataset.name,
      sha256: facts.dataset.hash,
    },
    'prov:wasGeneratedBy': {
      '@type': 'prov:Activity',
      'prov:label': `D2C Select: ${describeSelection(facts.selection)}`,
      'prov:used': { '@id': source },
      'prov:wasAssociatedWith': { '@type': 'prov:SoftwareAgent', 'prov:label': `Retort ${facts.appVersion}` },
    },
    distribution: [
      ...files.map(fileObject),
      {
        '@type': 'cr:FileSet',
        '@id': 'pictures',
        name: 'pictures',
        description: 'One folder a class, class by class, in the order of selection.',
        encodingFormat: facts.pictures.extensions.length === 1 ? MEDIA_TYPES[facts.pictures.extensions[0]] : facts.pictures.extensions.map((each) => MEDIA_TYPES[each]),
        includes: facts.pictures.extensions.length === 1 ? `train/*/*.${facts.pictures.extensions[0]}` : facts.pictures.extensions.map((each) => `train/*/*.${each}`),
      },
    ],
    recordSet: [classSet(facts), pictureSet(facts), ...(facts.plainFolders ? [] : [metadataSet()])],
  });
}
