import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, vi } from "vitest";
import { WakeTimer } from "../../durable-objects/wake-timer.ts";
import { endingTimers } from "./ending-timers.ts";
import { restoreConfig } from "./receivers.ts";

// A stopped clock does not stop timers: objects wake by their alarms, which tests run when they want.
WakeTimer.prototype.set = function set() {};

// Files share a runtime and its modules. Each begins with empty storage (objects, D1 and KV) and leaves
// nothing behind that would go on in the next one: no object, timer, clock, spy or configuration.
let endTimers: (() => void) | undefined;
beforeAll(async () => {
  endTimers = endingTimers();
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});
afterAll(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  endTimers?.();
  restoreConfig();
  await reset();
});
