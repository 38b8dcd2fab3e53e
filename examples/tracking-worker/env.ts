// A real project imports from "tachograph/client".
import type { TachographBinding } from "../../src/client/index.ts";
import type { JobMessage } from "./jobs/enqueue.ts";
import type { JobBook } from "./jobs/job-book.ts";

/** The bindings of `wrangler.toml`. */
export interface Env {
  readonly TACHOGRAPH: TachographBinding;
  /** What could not be sent at once, each message to arrive when its time has come. */
  readonly DEFERRED: Queue<JobMessage>;
  readonly JOB_BOOK: DurableObjectNamespace<JobBook>;
  /** Journeys, leads and sessions. */
  readonly DB: D1Database;
  /** The second layer of the cache. */
  readonly CACHE: KVNamespace;
  /** Signs what asks it to heal itself: `whsec_` and a key in base64, the channel's own. */
  readonly HEAL_SECRET?: string;
  /** The simulated platforms; without it the real ones are called. */
  readonly PLATFORMS?: Fetcher;
}
