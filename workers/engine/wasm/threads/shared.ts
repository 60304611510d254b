const IMPORTS = 2;
const MEMORY = 5;
const KIND_MEMORY = 2;

/** Reads a wasm binary from `at` on. */
class Reader {
  constructor(readonly bytes: Uint8Array, public at: number) {}

  /** Unsigned LEB128. */
  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (!(byte & 0x80)) return value;
    }
  }

  /** A name or any other run of bytes with its length before it. */
  skip(): void {
    const length = this.number();
    this.at += length;
  }
}

/** Where the limits of the only memory start in the import section at the reader; -1 when none is imported. */
function importedLimits(reader: Reader): number {
  for (let left = reader.number(); left > 0; left--) {
    reader.skip();
    reader.skip();
    const kind = reader.bytes[reader.at++];
    if (kind === KIND_MEMORY) return reader.at;
    if (kind !== 0) throw new RangeError('A wasm module imports more than functions and a memory.');
    reader.number();
  }
  return -1;
}

function limits(bytes: Uint8Array): number {
  for (let at = 8; at < bytes.length; ) {
    const reader = new Reader(bytes, at + 1);
    const length = reader.number();
    const body = reader.at;
    const id = bytes[at];
    if (id === IMPORTS) {
      const found = importedLimits(reader);
      if (found >= 0) return found;
    }
    if (id === MEMORY) {
      reader.number();
      return reader.at;
    }
    at = body + length;
  }
  throw new RangeError('A wasm module has no memory.');
}

/**
 * The same wasm binary with its memory, its own or imported, declared shared: one flag of the memory's limits. Code is the same for either kind.
 *
 * @throws RangeError when it has no memory or one without a maximum, which a shared one must have.
 */
export function shareMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const at = limits(bytes);
  if (bytes[at] !== 1) throw new RangeError('The memory of a wasm module has no maximum, or is shared already.');
  const shared = new Uint8Array(bytes);
  shared[at] = 3;
  return shared;
}
