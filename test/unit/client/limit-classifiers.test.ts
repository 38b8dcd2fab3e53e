import { expect, test } from "vitest";

import { metaLimit, pinterestLimit, tiktokLimit } from "../../../src/client/index.ts";

const metaError = (code: unknown) => ({ error: { message: "no", type: "OAuthException", code } });

test.each([
  [200, { events_received: 1 }, undefined],
  [400, metaError(4), "rate_limited"],
  [400, metaError(17), "rate_limited"],
  [400, metaError(32), "rate_limited"],
  [403, metaError(613), "rate_limited"],
  [400, metaError(79_999), undefined],
  [400, metaError(80_000), "rate_limited"],
  [400, metaError(80_004), "rate_limited"],
  [400, metaError(80_014), "rate_limited"],
  [400, metaError(80_015), undefined],
  [400, metaError(100), undefined],
  [400, metaError("4"), undefined],
  [400, metaError(undefined), undefined],
  [200, metaError(4), "rate_limited"],
  [200, metaError(100), "error"],
  [400, { error: null }, undefined],
  [400, { error: "no" }, undefined],
  [400, null, undefined],
  [400, [4], undefined],
] as const)("Meta: %d %j is %s", async (status, body, outcome) => {
  const said = await metaLimit(Response.json(body, { status }));
  expect(said?.outcome).toBe(outcome);
  if (said !== undefined) expect(body).toMatchObject({ error: { code: said.code } });
});

test.each([
  [200, { code: 0, message: "OK" }, undefined],
  [200, { code: 20_001 }, undefined],
  [200, { code: 40_100, message: "Too many requests" }, "rate_limited"],
  [200, { code: 40_002 }, "error"],
  [200, { code: 40_700 }, "error"],
  [500, { code: 50_000 }, "error"],
  [429, { code: 40_100 }, "rate_limited"],
  [200, { code: "40100" }, undefined],
  [200, { message: "OK" }, undefined],
  [502, "bad gateway", undefined],
] as const)("TikTok: %d %j is %s", async (status, body, outcome) => {
  const said = await tiktokLimit(Response.json(body, { status }));
  expect(said?.outcome).toBe(outcome);
  if (said !== undefined) expect(body).toMatchObject({ code: said.code });
});

test.each([
  [429, { code: 8, message: "You have exceeded your rate limit" }, "rate_limited"],
  [403, { code: 8 }, "rate_limited"],
  [400, { code: 1 }, undefined],
  [200, { code: 8 }, undefined],
  [422, { num_events_received: 2 }, undefined],
] as const)("Pinterest: %d %j is %s", async (status, body, outcome) => {
  const said = await pinterestLimit(Response.json(body, { status }));
  expect(said).toEqual(outcome && { outcome, code: 8 });
});

const LIMIT_BODIES = { 400: '{"error":{"code":4}}', 429: '{"code":8}' };

const broken: [string, () => Response][] = [
  ["is no JSON", () => new Response("<html>", { status: 429 })],
  ["is cut off", () => new Response('{"code":401', { status: 429 })],
  ["is missing", () => new Response(null, { status: 429 })],
  ["is empty", () => new Response("", { status: 429 })],
  [
    "breaks off",
    () =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) }),
        { status: 429 },
      ),
  ],
  [
    "is locked",
    () => {
      const response = new Response(LIMIT_BODIES[429], { status: 429 });
      response.body?.getReader();
      return response;
    },
  ],
  [
    "is longer than 64 KiB",
    () => new Response(`{"code":8,"x":"${"x".repeat(70_000)}"}`, { status: 429 }),
  ],
];

test.each(broken)("a body that %s tells nothing, and nothing throws", async (_, response) => {
  for (const classify of [metaLimit, tiktokLimit, pinterestLimit]) {
    expect(await classify(response())).toBeUndefined();
  }
});

test("no more than 64 KiB of an endless body is read", async () => {
  let pulled = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(4_096).fill(0x20));
    },
    cancel() {
      cancelled = true;
    },
  });
  expect(await tiktokLimit(new Response(body))).toBeUndefined();
  expect(pulled).toBeLessThan(20);
  expect(cancelled).toBe(true);
});

test("characters that are cut by a chunk's end are read whole", async () => {
  const bytes = new TextEncoder().encode('{"message":"größer","code":40100}');
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  expect(await tiktokLimit(new Response(body))).toEqual({ outcome: "rate_limited", code: 40_100 });
});
