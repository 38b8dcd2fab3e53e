import type { Timer } from "../timer.ts";

/** How often whoever does the work shows that the request it belongs to is alive. */
export const BEAT_MS = 250;

/** Without a sign of life for so long, the work is given up by those who wait for it. */
export const SILENCE_MS = 1_000;

/** How often another request looks for the result: a quarter of what it has waited, within this. */
const LOOK_MS = { least: 2, most: 50 };

/** From so many flights on, those that nobody will ever end are looked for. */
const SWEEP_AT_LEAST = 1_000;

/** Nobody does the work any more: its request died. */
export const LOST = Symbol("lost");

/** Work under way, and whoever waits for it. */
export interface Flight<About, Result> {
  readonly about: About;
  /** When it is over in any case, epoch milliseconds. */
  readonly expiresAt: number;
  beats: number;
  /** Once there is one. */
  done: { readonly result: Result } | undefined;
  /** By request. */
  readonly waits: Map<object, Promise<Result | typeof LOST>>;
}

/**
 * Lets work be done once for all who want its result at the same time, also in different requests
 * of an isolate.
 *
 * Promises, timers and I/O of a Worker belong to the request that made them, and die with it. What
 * plain workerd does (1.20261102, compatibility date 2026-11-02): who awaits another request's
 * promise goes on in a request of its own, once that is settled; but if the other request is over
 * before (it answered without `waitUntil`, or died), the promise is never settled, and who awaits it
 * hangs. Without `handle_cross_request_promise_resolution`, the default since 2024-10-14 and
 * switched off by the test runner, a promise that another request resolves ends the request that
 * awaits it as one that never answers.
 *
 * So nobody awaits anything of another request. Each one looks for the result with timers of its
 * own, and by the beats that the other counts it sees whether there is still anybody at work.
 */
export class SingleFlight<About, Result> {
  readonly #timer: Timer;
  readonly #flights = new Map<string, Flight<About, Result>>();
  #sweepAt = SWEEP_AT_LEAST;

  constructor(timer: Timer) {
    this.#timer = timer;
  }

  /** How many are under way, or were when their requests died. */
  get size(): number {
    return this.#flights.size;
  }

  /** The work that is under way for a key. */
  underWay(key: string, now: number): Flight<About, Result> | undefined {
    const flight = this.#flights.get(key);
    return flight === undefined || now >= flight.expiresAt ? undefined : flight;
  }

  /**
   * Does the work of a key, in place of what is under way for it.
   * @param owner the request
   * @param expiresAt when the work is over in any case, epoch milliseconds
   * @param work never rejects.
   */
  lead(
    key: string,
    owner: object,
    about: About,
    now: number,
    expiresAt: number,
    work: () => Promise<Result>,
  ): Promise<Result> {
    this.#sweep(now);
    const flight: Flight<About, Result> = {
      about,
      expiresAt,
      beats: 0,
      done: undefined,
      waits: new Map(),
    };
    this.#flights.set(key, flight);
    const result = this.#do(key, flight, work);
    flight.waits.set(owner, result);
    return result;
  }

  /** Waits for the result of work that somebody does, or for a sign that nobody does it any more. */
  follow(flight: Flight<About, Result>, owner: object): Promise<Result | typeof LOST> {
    const known = flight.waits.get(owner);
    if (known !== undefined) return known;
    const wait = this.#wait(flight);
    flight.waits.set(owner, wait);
    return wait;
  }

  /** Forgets work that nobody does any more. */
  drop(key: string, flight: Flight<About, Result>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }

  async #do(
    key: string,
    flight: Flight<About, Result>,
    work: () => Promise<Result>,
  ): Promise<Result> {
    let stop = (): void => {};
    const beat = (): void => {
      flight.beats += 1;
      stop = this.#timer(beat, BEAT_MS);
    };
    beat();
    try {
      const result = await work();
      flight.done = { result };
      return result;
    } finally {
      stop();
      this.drop(key, flight);
    }
  }

  async #wait(flight: Flight<About, Result>): Promise<Result | typeof LOST> {
    let waitedMs = 0;
    let silentMs = 0;
    let seen = flight.beats;
    for (;;) {
      const delayMs = Math.min(Math.max(waitedMs / 4, LOOK_MS.least), LOOK_MS.most);
      await new Promise<void>((resolve) => {
        this.#timer(resolve, delayMs);
      });
      if (flight.done !== undefined) return flight.done.result;
      waitedMs += delayMs;
      silentMs = flight.beats === seen ? silentMs + delayMs : 0;
      seen = flight.beats;
      if (silentMs >= SILENCE_MS) return LOST;
    }
  }

  #sweep(now: number): void {
    if (this.#flights.size < this.#sweepAt) return;
    for (const [key, { expiresAt }] of this.#flights) {
      if (now >= expiresAt) this.#flights.delete(key);
    }
    this.#sweepAt = Math.max(SWEEP_AT_LEAST, 2 * this.#flights.size);
  }
}
