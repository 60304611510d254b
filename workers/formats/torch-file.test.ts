import { describe, expect, it } from 'vitest';
import fixtures from './fixtures/torch.json';
import { encodeSafetensors } from './safetensors';
import { readWeights } from './torch-file';

/** Files that torch 1.13 wrote, with the tensors it was given; `legacySystem` calls os.system when it is opened by PyTorch, `zipEval` eval. */
const file = (name: Exclude<keyof typeof fixtures, 'tensors'>): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(fixtures[name], 'base64'));
const expected = Object.fromEntries(Object.entries(fixtures.tensors).map(([name, { shape, values }]) => [name, { shape, values: Float32Array.from(values, (value) => (value === 'inf' ? Infinity : Number(value))) }]));
const refusal = (code: string, found: string) => expect.objectContaining({ code, sentence: expect.stringContaining(found) as string });

const at = (bytes: Uint8Array, text: string): number => Buffer.from(bytes).indexOf(text);

/** A pickle that begins like the older format and then says `body`. */
function legacy(body: number[] | string): Uint8Array<ArrayBuffer> {
  const head = file('legacy').slice(0, at(file('legacy'), 'ccollections') - 2);
  return Uint8Array.from([...head, 0x80, 2, ...(typeof body === 'string' ? Buffer.from(body, 'latin1') : body)]);
}

describe('weights files of PyTorch', () => {
  it.each(['zip', 'legacy'] as const)('are read in the %s format, whatever the type, strides and sharing', async (format) => {
    expect(await readWeights(file(format))).toEqual(expected);
  });

  it('are refused when they would run code, naming it, in both formats', async () => {
    await expect(readWeights(file('legacySystem'))).rejects.toThrow(refusal('weights-unsafe', '"posix.system"'));
    await expect(readWeights(file('zipEval'))).rejects.toThrow(refusal('weights-unsafe', '"__builtin__.eval"'));
    await expect(readWeights(file('wholeNet'))).rejects.toThrow(refusal('weights-unsafe', '"torch.nn.modules.container.Sequential"'));
  });

  it('are refused when a call is hidden behind an allowed name', async () => {
    // getattr is what such chains are made of, and INST and OBJ import without GLOBAL.
    await expect(readWeights(legacy('c__builtin__\ngetattr\n.'))).rejects.toThrow(refusal('weights-unsafe', '"__builtin__.getattr"'));
    await expect(readWeights(legacy('(iposix\nsystem\n.'))).rejects.toThrow(refusal('weights-foreign', 'instruction 0x69'));
    await expect(readWeights(legacy('ctorch\nFloatStorage\n)R.'))).rejects.toThrow(refusal('weights-foreign', 'a call of something'));
    await expect(readWeights(legacy('ccollections\nOrderedDict\nN.'))).rejects.toThrow(refusal('weights-foreign', 'more than one value'));
  });

  it('are refused when they hold anything but tensors', async () => {
    await expect(readWeights(file('wrapped'))).rejects.toThrow(refusal('weights-foreign', '"epoch"'));
    await expect(readWeights(file('list'))).rejects.toThrow(refusal('weights-foreign', 'does not hold a state_dict'));
    await expect(readWeights(file('protocol4'))).rejects.toThrow(refusal('weights-foreign', 'pickle protocol 4'));
  });

  it('are refused at whatever byte they were cut', async () => {
    for (const format of ['zip', 'legacy'] as const) {
      const whole = file(format);
      const step = format === 'zip' ? 331 : 37;
      for (let length = 16; length < whole.length; length += step) {
        await expect(readWeights(whole.slice(0, length)), `${format} cut at ${length}`).rejects.toThrow(refusal('weights-truncated', 'ends before its contents do'));
      }
    }
  });

  it('are refused when a tensor looks beyond its data', async () => {
    const whole = file('legacy');
    // The offset of `part`, BININT1 5 before its size.
    const offset = Buffer.from(whole).indexOf(Buffer.from([0x4b, 5, 0x4b, 4, 0x85]));
    expect(offset).toBeGreaterThan(0);
    whole[offset + 1] = 9;
    await expect(readWeights(whole)).rejects.toThrow(refusal('weights-invalid', 'beyond its data'));
  });

  it('are refused when a stored length is not the described one', async () => {
    const whole = file('legacy');
    // Twelve floats that begin with 0 and 1, behind their number.
    const length = Buffer.from(whole).indexOf(Buffer.from([12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3f]));
    expect(length).toBeGreaterThan(0);
    whole[length] = 11;
    await expect(readWeights(whole)).rejects.toThrow(refusal('weights-invalid', 'another length'));
  });

  it('are told from safetensors and from anything else by their first bytes', async () => {
    const values = Float32Array.of(1, 2, 3);
    expect(await readWeights(encodeSafetensors({ w: { shape: [3], data: values }, steps: { shape: [1], data: BigInt64Array.of(7n) } })))
      .toEqual({ w: { shape: [3], values }, steps: { shape: [1], values: Float32Array.of(7) } });
    await expect(readWeights(new TextEncoder().encode('<!doctype html><title>Not found</title>'))).rejects.toThrow(refusal('weights-invalid', 'neither'));
    await expect(readWeights(new Uint8Array(0))).rejects.toThrow(refusal('weights-invalid', 'neither'));
  });
});
