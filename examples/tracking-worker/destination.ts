// A real project imports from "tachograph/client".
import type { Classifier } from "../../src/client/index.ts";
import type { OccurredEvent } from "./tracked-event.ts";

/** A platform that events are forwarded to. */
export interface Destination {
  /** The name that its timings and its limit go by. */
  readonly target: string;
  /** What is called there. */
  readonly operation: string;
  /** Most events that one request may carry. */
  readonly maxEvents: number;
  /**
   * The call that forwards `events`, at least one. Account ids and credentials are made up: bring
   * your own.
   */
  request(events: readonly OccurredEvent[]): Request;
  /** How the call went, where the status alone does not say; undefined leaves it to the status. */
  readonly classify?: Classifier;
  /**
   * The classifier's codes that say that the events themselves are wrong, so that it is of no use to
   * send them again, where the status alone does not say.
   */
  readonly rejectionCodes?: ReadonlySet<number>;
}
