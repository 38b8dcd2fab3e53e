import type { LimitRule } from "../../src/limits/limit-rule.ts";
import type { Decision } from "../workers/limits-tachograph.ts";

/** Asks for one permit. @throws Error if no answer came. */
export type Take = () => Promise<Decision>;

/** What is killed when a contender's limit is. */
export interface Host {
  /** Kills it with SIGKILL and starts it again on the same storage; resolves when it answers. */
  crash(): Promise<void>;
  /** To call it again does no harm. */
  stop(): Promise<void>;
}

/** One way to keep a limit for everybody who asks, running. */
export interface Contender {
  /** As it is called in the table. */
  readonly name: string;
  /** Several may share one. */
  readonly host: Host;
  /** What its figures do not say. */
  readonly note: string;
  /** Sets a limit. @param bucket - its name: another name is another limit. */
  limit(bucket: string, rule: LimitRule): Promise<Take>;
}

/** A limit of a limiter that knows only points in each window of whole seconds. */
export interface WindowRule {
  readonly points: number;
  readonly durationS: number;
}

/** As much at once, and as much in the long run. */
export function windowOf({ capacity, refillPerMinute }: LimitRule): WindowRule {
  return { points: capacity, durationS: Math.ceil((capacity * 60) / refillPerMinute) };
}
