// A real project imports from "tachograph/client".
import type { TachographBinding } from "../../src/client/index.ts";

/** The bindings of `wrangler.toml`. */
export interface Env {
  readonly TACHOGRAPH: TachographBinding;
  /** The simulated platforms; without it the real ones are called. */
  readonly PLATFORMS?: Fetcher;
}
