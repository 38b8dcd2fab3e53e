import { describe, expect, it } from "vitest";
import type { Answer, Verdict } from "../../../examples/platforms/answer.ts";
import { ANSWER_SHAPES } from "../../../examples/platforms/answer-shapes.ts";
import { type Platform, PLATFORMS } from "../../../examples/platforms/platform.ts";
import { DESTINATIONS } from "../../../examples/tracking-worker/destinations.ts";
import { classifyStatus } from "../../../src/client/index.ts";

const CONTEXT = {
  events: 2,
  usedPercent: 12.3,
  limit: 100,
  remaining: 87,
  resetSeconds: 30,
  traceId: "A1",
};

function answer(platform: Platform, verdict: Verdict): Answer {
  return ANSWER_SHAPES[platform](verdict, CONTEXT);
}

function bodyOf(given: Answer): unknown {
  return given.body === null ? null : JSON.parse(given.body);
}

describe("answers", () => {
  it("of Meta carry codes in the body and usage in a header", () => {
    const limited = answer("meta", "rate_limited");
    expect(limited.status).toBe(400);
    expect(bodyOf(limited)).toMatchObject({ error: { code: 4, fbtrace_id: "A1" } });
    expect(JSON.parse(limited.headers["x-app-usage"] ?? "")).toMatchObject({ call_count: 13 });
    expect(bodyOf(answer("meta", "error"))).toMatchObject({ error: { code: 1 } });
    expect(bodyOf(answer("meta", "ok"))).toMatchObject({ events_received: 2 });
  });

  it("of Google are always 204 and empty", () => {
    for (const verdict of ["ok", "invalid", "rate_limited", "error"] as const) {
      expect(answer("google", verdict)).toEqual({ status: 204, headers: {}, body: null });
    }
  });

  it("of TikTok are always 200, with a code", () => {
    expect(answer("tiktok", "error").status).toBe(200);
    expect(bodyOf(answer("tiktok", "ok"))).toMatchObject({ code: 0 });
    expect(bodyOf(answer("tiktok", "rate_limited"))).toMatchObject({ code: 40100 });
    expect(bodyOf(answer("tiktok", "error"))).toMatchObject({ code: 40700 });
  });

  it("of Pinterest have 429 and code 8 for the rate limit", () => {
    expect(answer("pinterest", "rate_limited").status).toBe(429);
    expect(bodyOf(answer("pinterest", "rate_limited"))).toMatchObject({ code: 8 });
    expect(bodyOf(answer("pinterest", "ok"))).toMatchObject({ num_events_processed: 2 });
  });

  it("of Reddit say when to come back", () => {
    const limited = answer("reddit", "rate_limited");
    expect([limited.status, limited.headers["retry-after"]]).toEqual([429, "30"]);
  });

  it.each(["pinterest", "reddit"] as const)("of %s tell where the limit stands", (platform) => {
    for (const verdict of ["ok", "invalid", "rate_limited", "error"] as const) {
      const { headers } = answer(platform, verdict);
      expect(headers).toMatchObject({
        "x-ratelimit-limit": "100",
        "x-ratelimit-remaining": "87",
        "x-ratelimit-reset": "30",
      });
      expect("retry-after" in headers).toBe(verdict === "rate_limited");
    }
  });
});

describe("the tracking Worker's classifiers", () => {
  const seen = async (platform: Platform, verdict: Verdict) => {
    const { status, headers, body } = answer(platform, verdict);
    const response = new Response(body, { status, headers });
    const said = await DESTINATIONS[platform].classify?.(response);
    return (typeof said === "object" ? said.outcome : said) ?? classifyStatus(status);
  };

  it.each(PLATFORMS.filter((platform) => platform !== "google"))(
    "tell how a call to %s went",
    async (platform) => {
      expect(await seen(platform, "ok")).toBe("ok");
      expect(await seen(platform, "rate_limited")).toBe("rate_limited");
      expect(await seen(platform, "error")).toBe("error");
      expect(await seen(platform, "invalid")).toBe("error");
    },
  );

  it("leave an edge's error page to its status", async () => {
    for (const platform of PLATFORMS) {
      const page = new Response("<html>", { status: 503 });
      expect((await DESTINATIONS[platform].classify?.(page)) ?? classifyStatus(503)).toBe("error");
    }
  });
});
