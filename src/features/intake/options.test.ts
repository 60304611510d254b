import { describe, expect, it } from 'vitest';
import { snapSize } from './options';

describe('working sizes', () => {
  it('snap to what the store accepts', () => {
    expect([snapSize(17), snapSize(500), snapSize(0), snapSize(Number.NaN), snapSize(62)]).toEqual([16, 128, 16, 32, 64]);
  });
});
