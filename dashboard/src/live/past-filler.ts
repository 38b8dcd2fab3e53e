import { outcomeOf } from "../asked.ts";
import type { LiveTrail, Stretch, TrailPoint } from "./live-trail.ts";

/** How long after its end a minute may still change much: reports are under way, and stored. */
const STORED_AFTER_MS = 15_000;

/** What history told of a stretch of time. */
export interface Past {
  readonly points: readonly TrailPoint[];
  /** Why a part of it could not be read; empty if all could. */
  readonly fault: string;
}

interface PastFillerPorts<Told extends Past> {
  readonly trail: LiveTrail;
  /** Asks history for the points from the first to the last that is missing. */
  readonly read: (missing: Stretch, signal: AbortSignal) => Promise<Told>;
  /** Something has come, or cannot be had; what came is undefined then, or where it is too old. */
  readonly onChange: (told: Told | undefined) => void;
}

/**
 * Fills what no frame told into a live trail, from history, and asks again until that does not
 * change any more. One question at a time. Ends with {@link close}.
 */
export class PastFiller<Told extends Past = Past> {
  readonly #ports: PastFillerPorts<Told>;
  readonly #ended = new AbortController();
  #fault = "";
  #isAsking = false;
  #heardAt = -Infinity;
  #askAfter = -Infinity;

  constructor(ports: PastFillerPorts<Told>) {
    this.#ports = ports;
  }

  /** Why something is missing that history would tell; empty if nothing is. */
  get fault(): string {
    return this.#fault;
  }

  /** The trail has taken a frame of this time in. */
  hear(at: number): void {
    // What was asked for is not what is missing where the clock went back.
    if (at < this.#heardAt) this.#askAfter = -Infinity;
    this.#heardAt = at;
    const missing = this.#ports.trail.missing();
    if (missing !== undefined && !this.#isAsking && at >= this.#askAfter) {
      void this.#ask(missing, at);
    }
  }

  /** Ends it for good. */
  close(): void {
    this.#ended.abort();
  }

  async #ask(missing: Stretch, at: number): Promise<void> {
    const { trail, read, onChange } = this.#ports;
    const { signal } = this.#ended;
    this.#isAsking = true;
    this.#askAfter = Math.max(missing.to, at) + STORED_AFTER_MS;
    const { answer, fault } = await outcomeOf(() => read(missing, signal), signal);
    this.#isAsking = false;
    if (signal.aborted) return;
    this.#fault = answer?.fault ?? fault;
    // The clock went back meanwhile: this is of a time that has not come yet.
    const isUsable = answer !== undefined && this.#heardAt >= at;
    if (isUsable) trail.takePast(answer.points, at - STORED_AFTER_MS);
    onChange(isUsable ? answer : undefined);
  }
}
