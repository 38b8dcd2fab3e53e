import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll } from "vitest";

// Files share a runtime and its modules. Each begins with empty storage (objects, D1 and KV) and leaves
// no object behind, which would go on in the next one.
beforeAll(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});
afterAll(() => reset());
