import { alertStoreContract } from "../../support/alert-store-contract.ts";
import { MemoryAlertStore } from "../../support/memory-alert-store.ts";

alertStoreContract("memory", async (bounds, use) => {
  const store = new MemoryAlertStore(bounds);
  use(() => store);
});
