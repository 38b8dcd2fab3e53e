import type { D1Migration } from "cloudflare:test";
import type { TachographBinding } from "../../src/wire/report.ts";

declare global {
  namespace Cloudflare {
    interface Env {
      /** The files of `migrations/`, for the D1 database of each test file. */
      readonly TEST_MIGRATIONS: D1Migration[];
      /** Those of the example, which a test applies to a database of its own. */
      readonly EXAMPLE_MIGRATIONS: D1Migration[];
      /** The seed of random tests, or nothing for a new one. */
      readonly TEST_SEED: string;
      /** Trackers of two tenants: Workers whose service binding names their tenant. */
      readonly TRACKER_ACME: TachographBinding;
      readonly TRACKER_GLOBEX: TachographBinding;
      /** One whose binding forgot to say whose it is. */
      readonly TRACKER_NOBODY: TachographBinding;
      /** A tracking Worker's own bindings, and others to hold bare calls against wrapped ones. */
      readonly CLIENT_DB: D1Database;
      readonly CLIENT_DB_TWIN: D1Database;
      readonly CLIENT_KV: KVNamespace;
      readonly CLIENT_KV_TWIN: KVNamespace;
      readonly CLIENT_QUEUE: Queue;
    }
  }
}
