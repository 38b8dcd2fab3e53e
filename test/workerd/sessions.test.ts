import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { ReportRequest } from "../../src/wire/report.ts";
import { shardOf } from "./api.ts";

function request(reporter: string, sequence: number, timings = 3): ReportRequest {
  const columns = {
    operations: ["events"],
    baseAt: Date.now(),
    durationUs: new Int32Array(timings).fill(40_000),
    atOffsetMs: new Int32Array(timings),
    operationIndex: new Uint8Array(timings),
    outcome: new Uint8Array(timings),
  };
  return { reporter, reports: [{ target: "meta", sequence, columns, givenUp: 0 }] };
}

/** As a new version does, whoever holds a session: what is open breaks. */
async function restart(stub: DurableObjectStub): Promise<void> {
  const ended = runInDurableObject(stub, (_, ctx) => ctx.abort("started anew"));
  await expect(ended).rejects.toThrow("started anew");
}

test("reports over a session count as any others, also after the shard was started anew", async () => {
  const binding = env.TRACKER_ACME;
  const session = binding.open?.();
  if (session === undefined) throw new Error("the binding has no sessions");
  for (let sequence = 1; sequence <= 5; sequence += 1) {
    const answer = await session.report(request("edge-s", sequence));
    expect(answer).toMatchObject({ ok: true, results: [{ ok: true, accepted: 3 }] });
  }
  await restart(shardOf("bound-acme", "meta"));
  const after = await session.report(request("edge-s", 6));
  expect(after).toMatchObject({ ok: true, results: [{ ok: true, accepted: 3, duplicate: false }] });
  const repeat = await session.report(request("edge-s", 6));
  expect(repeat).toMatchObject({ ok: true, results: [{ ok: true, accepted: 0, duplicate: true }] });
  session[Symbol.dispose]();
  const alone = await binding.report(request("edge-s", 7));
  expect(alone).toMatchObject({ ok: true, results: [{ ok: true, accepted: 3 }] });
});

test("a session without a tenant says what is missing", async () => {
  const session = env.TRACKER_NOBODY.open?.();
  expect(await session?.report(request("edge-n", 1))).toMatchObject({
    ok: false,
    reason: "invalid",
    detail: expect.stringContaining("props"),
  });
  session?.[Symbol.dispose]();
});
