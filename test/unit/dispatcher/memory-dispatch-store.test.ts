import { dispatchStoreContract } from "../../support/dispatch-store-contract.ts";
import { MemoryDispatchStore } from "../../support/memory-dispatch-store.ts";

dispatchStoreContract("memory", (use) => {
  const store = new MemoryDispatchStore();
  use(
    () => store,
    (id) => store.spoil(id),
  );
  return Promise.resolve();
});
