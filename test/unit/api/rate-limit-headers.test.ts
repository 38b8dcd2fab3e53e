import { describe, expect, it } from "vitest";
import { rateLimitOf, setRateLimitHeaders } from "../../../src/api/rate-limit-headers.ts";
import { untouchedView } from "../../../src/limits/project-view.ts";
import type { LimitView } from "../../../src/wire/permits.ts";

const NOW = 1_795_190_000_000;
const RULE = { capacity: 200, refillPerMinute: 10 };

function headersOf(
  changes: Partial<LimitView>,
  resetMs: number,
  retryAfterMs?: number,
): Record<string, string> {
  const headers = new Headers();
  const view = { ...untouchedView("meta", RULE), ...changes };
  setRateLimitHeaders(headers, rateLimitOf(view, resetMs, NOW, retryAfterMs));
  return Object.fromEntries(headers);
}

describe("setRateLimitHeaders", () => {
  it("a full bucket: there is nothing to wait for", () => {
    expect(headersOf({}, 0)).toEqual({
      "ratelimit-policy": '"meta";q=200;w=1200',
      ratelimit: '"meta";r=200',
      "x-ratelimit-limit": "200",
      "x-ratelimit-remaining": "200",
      "x-ratelimit-reset": "0",
    });
  });

  it("rounds every time up to whole seconds", () => {
    const headers = headersOf({ available: 100, capacity: 199, refillPerMinute: 7 }, 594_001);
    expect(headers["ratelimit-policy"]).toBe('"meta";q=199;w=1706');
    expect(headers.ratelimit).toBe('"meta";r=100;t=9');
    expect(headers["x-ratelimit-reset"]).toBe("595");
  });

  it("what is nearly full has its next permit when it is full", () => {
    expect(headersOf({ available: 199 }, 1_200).ratelimit).toBe('"meta";r=199;t=2');
  });

  it("a slowed bucket takes longer for its next permit", () => {
    expect(headersOf({ available: 10, refillRate: 0.5 }, 1e6).ratelimit).toBe('"meta";r=10;t=12');
  });

  it("a closed one has none before it opens", () => {
    const blocked = { available: 0, blockedUntil: NOW + 30_001, refillRate: 0 };
    expect(headersOf(blocked, 1e6).ratelimit).toBe('"meta";r=0;t=31');
    const over = { available: 0, blockedUntil: NOW - 5, refillRate: 0 };
    expect(headersOf(over, 1e6).ratelimit).toBe('"meta";r=0;t=0');
  });

  it("never points behind what Retry-After says", () => {
    expect(headersOf({ available: 0 }, 1e6, 2_500).ratelimit).toBe('"meta";r=0;t=3');
    expect(headersOf({ available: 0 }, 1e6, 60_000).ratelimit).toBe('"meta";r=0;t=6');
  });

  it("without a refill there is no window and no next permit; nor without a capacity", () => {
    const still = headersOf({ refillPerMinute: 0, available: 3 }, 60_000);
    expect([still["ratelimit-policy"], still.ratelimit]).toEqual(['"meta";q=200', '"meta";r=3']);
    const shut = headersOf({ capacity: 0, available: 0 }, 60_000);
    expect([shut["ratelimit-policy"], shut.ratelimit]).toEqual(['"meta";q=0', '"meta";r=0']);
  });

  it("a second limit stands beside the first, which keeps the other headers", () => {
    const headers = new Headers();
    const meta = rateLimitOf(untouchedView("meta", RULE), 0, NOW);
    setRateLimitHeaders(headers, meta);
    setRateLimitHeaders(headers, { ...meta, policy: "api", capacity: 100, available: 40 });
    expect(headers.get("RateLimit-Policy")).toBe('"meta";q=200;w=1200, "api";q=100;w=600');
    expect(headers.get("RateLimit")).toBe('"meta";r=200, "api";r=40');
    expect(headers.get("X-RateLimit-Limit")).toBe("200");
    expect(headers.get("X-RateLimit-Remaining")).toBe("200");
  });
});
