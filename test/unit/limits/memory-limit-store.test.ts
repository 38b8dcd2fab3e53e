import { limitStoreContract } from "../../support/limit-store-contract.ts";
import { MemoryLimitStore } from "../../support/limits/memory-limit-store.ts";

limitStoreContract("memory", async (use) => {
  const store = new MemoryLimitStore();
  use(() => store);
});
