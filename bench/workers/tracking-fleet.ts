import { DESTINATIONS } from "../../examples/tracking-worker/destinations.ts";

export { default, JobBook } from "../../examples/tracking-worker/worker.ts";

/**
 * The example tracking Worker, but Reddit takes one event a request: where each event needs a permit
 * of its own, the limit alone says how long all of them take.
 */
Object.assign(DESTINATIONS.reddit, { maxEvents: 1 });
