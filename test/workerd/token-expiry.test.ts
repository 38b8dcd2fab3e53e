import { runDurableObjectAlarm } from "cloudflare:test";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { config } from "../../src/configured.ts";
import { BRIEF_UNTIL } from "../support/tokens.ts";
import { call, coordinatorOf, evict, getJson, moveClock, stopClock, until } from "./api.ts";
import { EventClient, SocketClient } from "./stream-client.ts";

const TENANT = "stream";
const REASON = "the token has expired; ask for a new one";

beforeAll(() => stopClock(BRIEF_UNTIL - 2_000));
afterAll(() => vi.useRealTimers());

/** Half a second later: the next tick. */
async function tick(): Promise<void> {
  moveClock(500);
  expect(await runDurableObjectAlarm(coordinatorOf(TENANT))).toBe(true);
}

async function subscribers(): Promise<number> {
  return (await coordinatorOf(TENANT).health()).subscribers;
}

test("whoami answers every token with what it is good for", async () => {
  const historyDays = config.retention.daysDays;
  const lasting = { tenant: TENANT, plan: "unlimited", expiresAt: null, historyDays };
  for (const scope of ["ingest", "read", "admin"]) {
    const body = await getJson("/v1/whoami", `${TENANT}-${scope}`);
    expect(body).toEqual({ ...lasting, scopes: [scope] });
  }
  const brief = await getJson("/v1/whoami", `${TENANT}-brief`);
  expect(brief).toEqual({ ...lasting, scopes: ["read"], expiresAt: BRIEF_UNTIL });
  expect((await call("/v1/whoami", "nobody")).status).toBe(401);
  const posted = await call("/v1/whoami", `${TENANT}-admin`, { method: "POST" });
  expect([posted.status, posted.headers.get("Allow")]).toEqual([405, "GET, HEAD"]);
});

test("an open stream ends with the first tick after its token has, others go on", async () => {
  const lasting = await SocketClient.open(TENANT);
  const socket = await SocketClient.open(TENANT, "", "brief");
  const changing = await SocketClient.open(TENANT, "", "brief");
  const events = await EventClient.open(TENANT, "", undefined, "brief");
  for (const client of [lasting, socket, changing]) await client.frames(2);
  await events.events(2);
  changing.send(JSON.stringify({ type: "subscribe", targets: ["meta"] }));
  await changing.frames(2);
  for (let i = 0; i < 3; i++) {
    await tick();
    for (const client of [lasting, socket, changing]) {
      expect((await client.frame()).type).toBe("tick");
    }
    expect((await events.next())?.event).toBe("tick");
  }
  expect(Date.now()).toBe(BRIEF_UNTIL - 500);
  await tick();
  for (const client of [socket, changing]) {
    expect(await client.frame()).toEqual({ type: "error", reason: REASON });
    expect(await client.closed()).toEqual({ code: 1008, reason: REASON });
  }
  expect((await events.next())?.frame).toEqual({ type: "error", reason: REASON });
  expect(await events.next()).toBeUndefined();
  expect((await lasting.frame()).type).toBe("tick");
  expect(await subscribers()).toBe(1);
  lasting.close();
  await until("it is gone", async () => (await subscribers()) === 0);
});

test("afterwards the token opens nothing, and the answer says why", async () => {
  const response = await call("/v1/live", `${TENANT}-brief`);
  expect(response.status).toBe(401);
  expect(response.headers.get("WWW-Authenticate")).toContain('error="invalid_token"');
  expect(await response.json()).toMatchObject({
    detail: `This token has expired at ${new Date(BRIEF_UNTIL).toISOString()}; ask for a new one.`,
  });
  await expect(SocketClient.open(TENANT, "", "brief")).rejects.toThrow(/401.*has expired/);
});

test("a socket that outlives the coordinator's memory ends, too", async () => {
  moveClock(-60_000);
  const client = await SocketClient.open(TENANT, "", "brief");
  await client.frames(2);
  await evict(coordinatorOf(TENANT));
  moveClock(60_000);
  await tick();
  expect(await client.frame()).toEqual({ type: "error", reason: REASON });
  expect((await client.closed()).code).toBe(1008);
});

test("nobody chooses by a header when the token expires", async () => {
  moveClock(-60_000);
  const headers = {
    Accept: "text/event-stream",
    "Tachograph-Token-Expires-At": String(BRIEF_UNTIL + 3_600_000),
  };
  const response = await call("/v1/stream", `${TENANT}-brief`, { headers });
  const lasting = await call("/v1/stream", `${TENANT}-read`, {
    headers: { ...headers, "Tachograph-Token-Expires-At": "0" },
  });
  moveClock(60_000);
  await tick();
  expect(await response.text()).toContain(REASON);
  await tick();
  expect(await subscribers()).toBe(1);
  await lasting.body?.cancel();
});
