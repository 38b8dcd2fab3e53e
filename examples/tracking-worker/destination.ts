// A real project imports from "tachograph/client".
import type { Outcome } from "../../src/client/index.ts";
import type { TrackedEvent } from "./tracked-event.ts";

/** A platform that events are forwarded to. */
export interface Destination {
  /** The name that its timings and its limit go by. */
  readonly target: string;
  /** What is called there. */
  readonly operation: string;
  /** The call that forwards `event`. Account ids and credentials are made up: bring your own. */
  request(event: TrackedEvent, now: number): Request;
  /** How the call went, where the status alone does not say; undefined leaves it to the status. */
  classify?(response: Response): Promise<Outcome | undefined>;
}
