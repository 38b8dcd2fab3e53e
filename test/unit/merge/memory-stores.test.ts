import { MemoryShardStore } from "../../support/memory-shard-store.ts";
import { MemoryTenantStore } from "../../support/memory-tenant-store.ts";
import { shardStoreContract } from "../../support/shard-store-contract.ts";
import { tenantStoreContract } from "../../support/tenant-store-contract.ts";

shardStoreContract("memory", async (use) => {
  const store = new MemoryShardStore();
  use(() => store);
});

tenantStoreContract("memory", async (use) => {
  const store = new MemoryTenantStore();
  use(() => store);
});
