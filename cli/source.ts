import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { RetortError } from '../workers/failure';

/** What goes into which of the page's two file inputs. */
export type Source = { kind: 'folder'; path: string } | { kind: 'files'; paths: string[] };

const IDX = /(images|labels)(.)(idx[13])(.*?)(\.gz)?$/i;

/** The other file of an IDX pair, packed or not, or null when `path` is not named like one or the other is missing. */
function partner(path: string): string | null {
  const match = IDX.exec(basename(path));
  if (!match) return null;
  const images = match[1].toLowerCase() === 'images';
  const other = basename(path)
    .replace(match[0], `${images ? 'labels' : 'images'}${match[2]}${images ? 'idx1' : 'idx3'}${match[4]}`);
  return [other, `${other}.gz`].map((name) => join(dirname(path), name)).find((name) => existsSync(name)) ?? null;
}

/**
 * What PATH means. Only names are looked at: whether the content fits is the intake's to say, file by file.
 *
 * @throws RetortError `no-such-path`, `no-partner` or `not-a-source`
 */
export function locateSource(path: string): Source {
  if (!existsSync(path)) throw new RetortError('no-such-path', `There is nothing at ${path}. Check the path.`, { path });
  if (statSync(path).isDirectory()) return { kind: 'folder', path };
  if (/\.zip$/i.test(path)) return { kind: 'files', paths: [path] };
  if (!IDX.test(basename(path))) {
    throw new RetortError('not-a-source', `${path} is neither a folder, a zip nor an IDX file. Pass the folder that holds it.`, { path });
  }
  const other = partner(path);
  if (other === null) {
    throw new RetortError('no-partner', `${basename(path)} has no partner beside it: an IDX pair is one images file and one labels file.`, { path });
  }
  return { kind: 'files', paths: [path, other] };
}
