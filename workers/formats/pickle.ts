import { RetortError } from '../failure';

/**
 * The part of Python's pickle format (protocol 2) that a PyTorch state_dict is written in, read as data. A pickle is a program for a stack machine
 * that may import and call anything; here only what the host names can be reached, and everything else is refused before it has any effect.
 */

/** What a pickle may reach outside itself. */
export interface PickleHost {
  /** What `module.name` stands for: a function that REDUCE may call, or any other value. @throws RetortError for names that are not allowed. */
  global(module: string, name: string): unknown;
  /** What a persistent id stands for. */
  persistent(id: unknown): unknown;
}

/** A function that a pickle may call. */
export type PickleFunction = (args: readonly unknown[]) => unknown;

const MARK = Symbol('mark');
/** More than any state_dict needs; a file that nests or repeats beyond it was not written by a person's training run. */
const MEMO_LIMIT = 5_000_000;

export function truncatedPickle(): RetortError {
  return new RetortError('weights-truncated', 'The weights file ends before its contents do. Download or copy it again.', {});
}

function foreign(found: string): RetortError {
  return new RetortError(
    'weights-foreign', `The weights file holds ${found}, which a plain state_dict does not. Save the net's state_dict alone, or take a safetensors file.`, { found },
  );
}

class PickleReader {
  private readonly stack: unknown[] = [];
  private readonly memo = new Map<number, unknown>();
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array, public at: number, private readonly host: PickleHost) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Runs to STOP and answers with the one value left. */
  run(): unknown {
    for (;;) {
      const opcode = this.take(1)[0];
      if (opcode === 0x2e) {
        if (this.stack.length !== 1) throw foreign('a pickle that leaves more than one value');
        return this.pop();
      }
      this.execute(opcode);
    }
  }

  private take(length: number): Uint8Array {
    if (length < 0 || this.at + length > this.bytes.length) throw truncatedPickle();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  private uint(size: 1 | 2 | 4): number {
    this.take(size);
    const from = this.at - size;
    if (size === 1) return this.view.getUint8(from);
    return size === 2 ? this.view.getUint16(from, true) : this.view.getUint32(from, true);
  }

  private text(length: number): string {
    return new TextDecoder().decode(this.take(length));
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw truncatedPickle();
    const line = this.text(end - this.at);
    this.at = end + 1;
    return line;
  }

  /** Two's complement, little endian, of any length; beyond 2^53 as text of digits, which no caller takes for a size. */
  private long(length: number): number | string {
    const bytes = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
    if (length > 0 && bytes[length - 1] >= 0x80) value -= 1n << BigInt(8 * length);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }

  private pop(): unknown {
    const value = this.stack.pop();
    if (value === undefined || value === MARK) throw foreign('a broken pickle');
    return value;
  }

  private popToMark(): unknown[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) throw foreign('a broken pickle');
    const items = this.stack.splice(mark + 1);
    this.stack.pop();
    return items;
  }

  private tuple(length: number): unknown[] {
    const items = Array.from({ length }, () => this.pop());
    return items.reverse();
  }

  private dictionary(): Map<unknown, unknown> {
    const top = this.stack.at(-1);
    if (!(top instanceof Map)) throw foreign('an assignment to something other than a dictionary');
    return top as Map<unknown, unknown>;
  }

  private list(): unknown[] {
    const top = this.stack.at(-1);
    if (!Array.isArray(top)) throw foreign('an addition to something other than a list');
    return top as unknown[];
  }

  private remember(key: number): void {
    if (this.memo.size >= MEMO_LIMIT) throw foreign('more objects than a state_dict has');
    const value = this.stack.at(-1);
    if (value === undefined || value === MARK) throw foreign('a broken pickle');
    this.memo.set(key, value);
  }

  private recall(key: number): unknown {
    if (!this.memo.has(key)) throw foreign('a broken pickle');
    return this.memo.get(key);
  }

  private reduce(): unknown {
    const args = this.pop();
    const callable = this.pop();
    if (typeof callable !== 'function' || !Array.isArray(args)) throw foreign('a call of something that cannot be called');
    return (callable as PickleFunction)(args);
  }

  private setItems(items: readonly unknown[]): void {
    if (items.length % 2 !== 0) throw foreign('a broken pickle');
    const target = this.dictionary();
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  }

  private execute(opcode: number): void {
    const { stack } = this;
    const name = String.fromCharCode(opcode);
    switch (name) {
      case '\x80': {
        const protocol = this.uint(1);
        if (protocol > 2) throw foreign(`pickle protocol ${protocol}`);
        return;
      }
      case '(': stack.push(MARK); return;
      case '}': stack.push(new Map()); return;
      case ']': case ')': stack.push([]); return;
      case 't': case 'l': stack.push(this.popToMark()); return;
      case '\x85': stack.push(this.tuple(1)); return;
      case '\x86': stack.push(this.tuple(2)); return;
      case '\x87': stack.push(this.tuple(3)); return;
      case 'N': stack.push(null); return;
      case '\x88': stack.push(true); return;
      case '\x89': stack.push(false); return;
      case 'K': stack.push(this.uint(1)); return;
      case 'M': stack.push(this.uint(2)); return;
      case 'J': stack.push(this.uint(4) | 0); return;
      case '\x8a': stack.push(this.long(this.uint(1))); return;
      case 'G': this.take(8); stack.push(this.view.getFloat64(this.at - 8)); return;
      case 'X': case 'T': stack.push(this.text(this.uint(4))); return;
      case 'U': stack.push(this.text(this.uint(1))); return;
      case 'q': this.remember(this.uint(1)); return;
      case 'r': this.remember(this.uint(4)); return;
      case 'h': stack.push(this.recall(this.uint(1))); return;
      case 'j': stack.push(this.recall(this.uint(4))); return;
      case 'c': stack.push(this.host.global(this.line(), this.line())); return;
      case 'R': stack.push(this.reduce()); return;
      case 'Q': stack.push(this.host.persistent(this.pop())); return;
      case 's': this.setItems(this.tuple(2)); return;
      case 'u': this.setItems(this.popToMark()); return;
      case 'a': { const [item] = this.tuple(1); this.list().push(item); return; }
      case 'e': { const items = this.popToMark(); const list = this.list(); for (const item of items) list.push(item); return; }
      // The attributes of an OrderedDict: versions of the modules that wrote it, which no weight depends on.
      case 'b': this.pop(); this.dictionary(); return;
      default: throw foreign(`the pickle instruction 0x${opcode.toString(16).padStart(2, '0')}`);
    }
  }
}

/**
 * Reads one pickle from `at`. Dictionaries come as Map, lists and tuples as arrays, and numbers as numbers.
 * @returns the value, and the position behind the pickle's STOP.
 * @throws RetortError `weights-truncated`, `weights-foreign` for instructions a state_dict is not written with, and what the host throws.
 */
export function readPickle(bytes: Uint8Array, at: number, host: PickleHost): { value: unknown; end: number } {
  const reader = new PickleReader(bytes, at, host);
  const value = reader.run();
  return { value, end: reader.at };
}
