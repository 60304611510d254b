import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunStatus } from '../protocol';
import { RunControl, transition, type RunAction } from './control';

describe('transition', () => {
  it('lets a run be paused, stepped, resumed and finished', () => {
    expect(transition('running', 'pause')).toBe('paused');
    expect(transition('paused', 'step')).toBe('paused');
    expect(transition('paused', 'resume')).toBe('running');
    expect(transition('running', 'finish')).toBe('done');
  });

  it('refuses to resume what is not paused', () => {
    expect(transition('done', 'resume')).toBeNull();
    expect(transition('stopped', 'pause')).toBeNull();
  });

  it('can always be started again from any end', () => {
    const actions: RunAction[] = ['start', 'pause', 'resume', 'step', 'stop', 'finish', 'fail', 'lose'];
    fc.assert(fc.property(fc.array(fc.constantFrom(...actions)), (sequence) => {
      let status: RunStatus = 'interrupted';
      for (const action of sequence) status = transition(status, action) ?? status;
      const ended = status !== 'running' && status !== 'paused';
      return ended ? transition(status, 'start') === 'running' : transition(status, 'stop') === 'stopped';
    }));
  });
});

describe('RunControl', () => {
  /** Counts how many steps a loop gets through. */
  function loop(control: RunControl): { steps: () => number; checkpoints: () => number; ended: Promise<unknown> } {
    let steps = 0;
    let checkpoints = 0;
    const work = async () => {
      for (;;) {
        const { checkpointDue } = await control.breathe();
        if (checkpointDue) checkpoints++;
        steps++;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    return { steps: () => steps, checkpoints: () => checkpoints, ended: work().catch((error: unknown) => error) };
  }
  const settle = () => new Promise((resolve) => setTimeout(resolve, 60));

  it('holds while paused, asks for a checkpoint first, and lets single steps through', async () => {
    const control = new RunControl();
    const running = loop(control);
    await settle();
    control.pause();
    await settle();
    const held = running.steps();
    await settle();
    expect(running.steps()).toBe(held);
    expect(running.checkpoints()).toBe(1);
    control.step();
    await settle();
    expect(running.steps()).toBe(held + 1);
    control.resume();
    await settle();
    expect(running.steps()).toBeGreaterThan(held + 1);
    control.stop(new DOMException('stopped', 'AbortError'));
    expect(await running.ended).toMatchObject({ name: 'AbortError' });
  });

  it('stops while paused', async () => {
    const control = new RunControl();
    const running = loop(control);
    control.pause();
    await settle();
    control.stop(new DOMException('stopped', 'AbortError'));
    expect(await running.ended).toMatchObject({ name: 'AbortError' });
  });
});
