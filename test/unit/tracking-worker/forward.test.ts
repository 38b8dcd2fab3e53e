import { expect, test } from "vitest";
import { tachograph, type TachographBinding } from "../../../src/client/index.ts";
import { DESTINATIONS } from "../../../examples/tracking-worker/destinations.ts";
import { forward } from "../../../examples/tracking-worker/forward.ts";
import type { PlatformName } from "../../../examples/tracking-worker/tracked-event.ts";
import type { Env } from "../../../examples/tracking-worker/env.ts";

const EVENT = { event: "Purchase", id: "order-1", value: 1, at: 1_795_000_000_000 };
const metaError = (code: number) => ({ error: { code } });

test.each<[PlatformName, number, unknown, string, boolean]>([
  ["tiktok", 200, { code: 0 }, "ok", false],
  ["tiktok", 200, { code: 40_002 }, "error", true],
  ["tiktok", 200, { code: 50_000 }, "error", false],
  ["tiktok", 200, { code: 40_100 }, "rate_limited", false],
  ["meta", 400, metaError(4), "rate_limited", false],
  ["meta", 400, metaError(100), "error", true],
  ["meta", 200, metaError(40_002), "error", false],
  ["meta", 500, metaError(1), "error", false],
  ["reddit", 422, {}, "error", true],
])("%s's %d %j is %s, rejected: %s", async (name, status, body, outcome, isRejected) => {
  let clones = 0;
  const response = Response.json(body, { status });
  const clone = response.clone.bind(response);
  response.clone = () => {
    clones += 1;
    return clone();
  };
  const binding: TachographBinding = {
    report: () => Promise.resolve({ ok: false, reason: "unavailable", detail: "not here" }),
    permit: ({ target }) => Promise.resolve({ kind: "unlimited", target }),
  };
  const env = { PLATFORMS: { fetch: () => Promise.resolve(response) } } as unknown as Env;
  const tacho = tachograph(binding, { waitUntil: () => {} });
  const forwarded = await forward(tacho, env, DESTINATIONS[name], [EVENT]);
  expect(forwarded).toEqual({ outcome, status, isRejected });
  expect(clones, "the body is read once").toBeLessThanOrEqual(1);
});
