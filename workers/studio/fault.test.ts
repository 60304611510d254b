import { describe, expect, it } from 'vitest';
import { RetortError } from '../failure';
import { faultBehind } from './fault';

describe('the fault behind an error', () => {
  const fault = new RetortError('device-lost', 'Gone.');

  it('is found though its news comes after its first consequence', async () => {
    const lost = new Promise<RetortError>((resolve) => setTimeout(() => resolve(fault), 20));
    expect(await faultBehind(lost)).toBe(fault);
  });

  it('is none when nothing is heard for a while', async () => {
    expect(await faultBehind(new Promise(() => undefined), 20)).toBeNull();
  });
});
