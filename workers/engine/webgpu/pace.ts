/** Browsers and drivers take a device away whose work does not end within a second or two, and the page cannot paint meanwhile. */
export const SUBMIT_BUDGET = 500;
/** Milliseconds of work aimed at: half the budget, since operations of one kind are slower than those of another. */
const AIM = SUBMIT_BUDGET / 2;
/** Times below this tell of the way there and back rather than of the work. */
const CREDIBLE = 60;
/** Operations in the first submit: a fifth of a second on a processor that plays a graphics card, nothing on a real one. */
const FIRST = 2 ** 28;
const LEAST = 2 ** 20;
const MOST = 2 ** 46;

/**
 * How much work may go into one submit. Kernels announce their floating-point operations; the time until the device is through with what was submitted
 * says how many it does in a millisecond. One measurement at a time is under way and nobody waits for it.
 */
export class Pace {
  private allowed = FIRST;
  private encoded = 0;
  private submitted = 0;
  private measuring: { promise: Promise<void>; start: number } | null = null;

  /** @param done resolves when the device is through with everything submitted so far; @param now the clock in milliseconds. */
  constructor(private readonly done: () => Promise<unknown>, private readonly now: () => number = () => performance.now()) {}

  /** Operations a submit may hold. */
  get limit(): number {
    return this.allowed;
  }

  /** Whether what is encoded must be submitted before `flops` more. */
  full(flops: number): boolean {
    return this.encoded > 0 && this.encoded + flops > this.allowed;
  }

  /** `flops` more are encoded. */
  add(flops: number): void {
    this.encoded += flops;
  }

  /** What is encoded has been submitted. */
  submit(): void {
    this.submitted += this.encoded;
    this.encoded = 0;
    if (this.submitted > 0 && !this.measuring) this.measure();
  }

  /** Waits while the device is more than the budget behind. */
  async settle(): Promise<void> {
    while (this.measuring && this.now() - this.measuring.start > SUBMIT_BUDGET) await this.measuring.promise;
  }

  private measure(): void {
    const work = this.submitted;
    const start = this.now();
    this.submitted = 0;
    // A device that is lost says so elsewhere.
    const promise = this.done().then(() => this.learn(work, this.now() - start), () => undefined).then(() => {
      this.measuring = null;
      // What was submitted meanwhile is being worked on already.
      if (this.submitted > 0) this.measure();
    });
    this.measuring = { promise, start };
  }

  private learn(work: number, milliseconds: number): void {
    if (milliseconds >= CREDIBLE) this.allowed = Math.min(MOST, Math.max(LEAST, (work / milliseconds) * AIM));
    else if (work >= this.allowed / 2) this.allowed = Math.min(MOST, 2 * this.allowed);
  }
}
