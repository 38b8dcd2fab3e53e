import { invalidationLogContract } from "../../support/invalidation-log-contract.ts";
import {
  MemoryInvalidationLog,
  type StoredInvalidations,
} from "../../support/memory-invalidation-log.ts";
import { seedOf } from "../../support/seeded.ts";

const RANDOM = {
  seed: seedOf("memory invalidation log", process.env["SEED"]),
  numRuns: Number(process.env["RUNS"] ?? 200),
};

invalidationLogContract("memory", RANDOM, async (bounds, use) => {
  const stored: StoredInvalidations = { head: 0, dropped: 0, entries: [] };
  use(() => new MemoryInvalidationLog(stored, bounds));
});
