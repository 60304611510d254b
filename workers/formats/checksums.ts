import { RetortError } from '../failure';

export interface Checksum {
  name: string;
  /** 64 lower-case hex digits. */
  sha256: string;
}

/** Text of CHECKSUMS.sha256, in the form `sha256sum -c` reads: digest, two spaces, path, newline. */
export function writeChecksums(entries: readonly Checksum[]): string {
  return entries.map((entry) => `${entry.sha256}  ${entry.name}\n`).join('');
}

/**
 * Reads CHECKSUMS.sha256.
 * @throws RetortError `checksums-line` with the number of the first line that is not a digest and a path.
 */
export function readChecksums(text: string): Checksum[] {
  return text.split('\n').filter((line) => line !== '').map((line, index) => {
    const match = /^([0-9a-f]{64}) [ *](.+)$/.exec(line);
    if (!match) {
      throw new RetortError(
        'checksums-line',
        `Line ${index + 1} of the checksum file is not a SHA-256 digest and a path. Take the zip from its first source again.`,
        { line: index + 1 },
      );
    }
    return { sha256: match[1], name: match[2] };
  });
}
