import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { openDataSet } from '../data/dataset';
import { intakeOptions } from '../data/options';
import type { IntakeEvent } from '../protocol';
import { Intake } from './api';
import { environment, filesSource, nodeDecoder, png } from './intake.testing';

function listen(): { port: MessagePort; events: IntakeEvent[]; close(): void; settled(): Promise<void> } {
  const { port1, port2 } = new MessageChannel();
  const events: IntakeEvent[] = [];
  port1.onmessage = (event: MessageEvent<IntakeEvent>) => events.push(event.data);
  return { port: port2, events, close: () => port1.close(), settled: () => new Promise((resolve) => setTimeout(resolve, 20)) };
}

const options = intakeOptions.parse({ size: 16 });
const folder = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i % 3}/${i}.png`, i % 10 === 9 ? new Uint8Array(0) : png(i + 1)]));

test('reads, lists, pages verdicts, gives thumbnails and removes', async () => {
  const env = environment();
  const intake = new Intake(async () => env);
  const { port, events, close, settled } = listen();
  const summary = await intake.read(filesSource(folder), options, port);
  await settled();
  close();
  expect(events.at(-1)).toMatchObject({ type: 'done', dataset: { id: summary.id } });
  expect(events.filter((event) => event.type === 'images').flatMap((event) => event.items).length).toBe(27);
  expect(await intake.list()).toEqual([summary]);
  const page = await intake.verdicts(summary.id, 5, 10);
  expect([page.total, page.items.length]).toEqual([30, 10]);
  expect((await intake.verdicts(summary.id, 0, 50, 'refused')).items.map((item) => item.code)).toEqual(['empty-file', 'empty-file', 'empty-file']);
  const accepted = page.items.find((item) => item.status === 'accepted');
  const [thumbnail] = await intake.images(summary.id, [accepted?.index ?? -1, 999, -1]);
  expect(thumbnail).toMatchObject({ path: accepted?.path, index: accepted?.index });
  expect(thumbnail.pixels.length).toBe(16 * 16 * summary.channels);
  const held = await openDataSet(env.store, summary.id);
  await expect(intake.remove(summary.id)).rejects.toMatchObject({ code: 'in-use' });
  expect(await intake.list()).toEqual([summary]);
  held.close();
  await intake.remove(summary.id);
  expect(await intake.list()).toEqual([]);
  await expect(intake.images(summary.id, [0])).rejects.toMatchObject({ code: 'no-dataset' });
  await expect(intake.verdicts(summary.id, 0, 1)).rejects.toMatchObject({ code: 'no-dataset' });
});

test('cancel stops a reading, the failure is a plain object, and the next reading may begin', async () => {
  const env = { ...environment(), decoder: () => ({ decode: async (bytes: Uint8Array<ArrayBuffer>, type: string) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return nodeDecoder.decode(bytes, type);
  } }) };
  const intake = new Intake(async () => env);
  const { port, events, close, settled } = listen();
  const reading = intake.read(filesSource(folder), options, port).then(() => null, (failure: unknown) => failure);
  await new Promise((resolve) => setTimeout(resolve, 15));
  await expect(intake.read(filesSource(folder), options, listen().port)).rejects.toMatchObject({ code: 'busy' });
  await intake.cancel();
  const failure = await reading;
  expect(failure).toMatchObject({ code: 'cancelled', params: {} });
  expect(failure).not.toBeInstanceOf(Error);
  await settled();
  expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { code: 'cancelled' } });
  expect(env.store.files.size).toBe(0);
  expect((await intake.read(filesSource(folder), options, port)).count).toBe(27);
  close();
});

test('wrong options, and zips with unsafe names, nested zips or no directory', async () => {
  const env = environment();
  const intake = new Intake(async () => env);
  const { port, close } = listen();
  await expect(intake.read(filesSource(folder), { ...options, size: 31 }, port)).rejects.toMatchObject({ code: 'option', params: { option: 'size' } });
  const zip = zipSync({ '../evil.png': png(40), 'a/1.png': png(41), 'a/2.png': png(42), 'b/3.png': png(43), 'b/in.png': zipSync({ 'x.png': png(44) }) });
  const { id, refused } = await intake.read(filesSource({ 'set.zip': zip as Uint8Array<ArrayBuffer> }), options, port);
  const { items } = await intake.verdicts(id, 0, 10, 'refused');
  expect(items.map((item) => [item.path, item.code])).toEqual([['../evil.png', 'unsafe-name'], ['b/in.png', 'nested-zip']]);
  expect(refused).toBe(2);
  await expect(intake.read(filesSource({ 'bad.zip': zip.slice(0, 60) as Uint8Array<ArrayBuffer> }), options, port)).rejects.toMatchObject({ code: 'zip-broken' });
  close();
});
