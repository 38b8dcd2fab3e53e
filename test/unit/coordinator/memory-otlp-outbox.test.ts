import { MemoryOtlpOutbox, noPushes } from "../../support/memory-otlp-outbox.ts";
import { otlpOutboxContract } from "../../support/otlp-outbox-contract.ts";

otlpOutboxContract("memory", async (bounds, use) => {
  const stored = noPushes();
  use(() => new MemoryOtlpOutbox(stored, bounds));
});
