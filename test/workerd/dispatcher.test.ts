import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { NotificationState, NotificationView } from "../../src/wire/dispatcher-rpc.ts";
import { notification } from "../support/dispatcher-items.ts";
import { evict, moveClock, stopClock, until } from "./api.ts";
import { configure, dispatcherOf, hook, receive, untilSent } from "./receivers.ts";

let made = 0;
let tenant = "";

beforeAll(() => stopClock());
afterAll(() => vi.useRealTimers());
beforeEach(() => {
  made += 1;
  tenant = `dispatch-${made}`;
  configure({ a: hook("a"), b: hook("b") });
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

const ok = (): Response => new Response("ok");

function handOver(...ids: string[]) {
  const notifications = ids.map((id) => notification(id, Date.now()));
  const beat = { at: Date.now(), nextTickAt: null };
  return dispatcherOf(tenant).handOver({ beat, notifications });
}

async function list(state?: NotificationState): Promise<readonly NotificationView[]> {
  return [...(await dispatcherOf(tenant).notifications(state, 100))];
}

/** Moves the clock to the alarm, runs it, and waits until what it began is over. */
async function nextAlarm(): Promise<boolean> {
  const at = await runInDurableObject(dispatcherOf(tenant), (_, state) => state.storage.getAlarm());
  if (at === null) return false;
  moveClock(Math.max(0, at - Date.now()));
  await runDurableObjectAlarm(dispatcherOf(tenant));
  await untilSent(tenant);
  return true;
}

test("what is handed over is sent, once, however often it comes", async () => {
  const received = receive(ok);
  expect(await handOver("x1:firing/a", "x1:firing/b")).toMatchObject({ accepted: 2 });
  await handOver("x1:firing/a", "x1:firing/b");
  await untilSent(tenant);
  expect(received.map(({ host }) => host).toSorted()).toEqual([
    "a.receiver.test",
    "b.receiver.test",
  ]);
  expect(received[0]?.body).toContain("error-rate-critical");
  expect(await list("delivered")).toHaveLength(2);
  await evict(dispatcherOf(tenant));
  await handOver("x1:firing/a", "x1:firing/b");
  await untilSent(tenant);
  expect(received).toHaveLength(2);
});

test("what fails is tried again by the alarm, also after an eviction, as the same message", async () => {
  const received = receive(() =>
    received.length < 3 ? new Response("busy", { status: 503 }) : ok(),
  );
  await handOver("x1:firing/a");
  await untilSent(tenant);
  await evict(dispatcherOf(tenant));
  expect(await list()).toMatchObject([{ state: "queued", attempts: 1, lastError: /503/ }]);
  expect(await nextAlarm()).toBe(true);
  await evict(dispatcherOf(tenant));
  await nextAlarm();
  expect(received).toHaveLength(3);
  expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  expect(await list()).toMatchObject([{ state: "delivered", attempts: 3 }]);
});

test("an object that goes away while a message is under way sends it again", async () => {
  let isGone = false;
  const received = receive(async () => (isGone ? ok() : new Promise<Response>(() => undefined)));
  await handOver("x1:firing/a");
  await until("the first attempt is under way", () => Promise.resolve(received.length === 1));
  isGone = true;
  await runInDurableObject(dispatcherOf(tenant), (_, state) => state.abort("gone")).catch(
    () => undefined,
  );
  expect(await list()).toMatchObject([{ state: "queued", attempts: 1 }]);
  await nextAlarm();
  expect(received).toHaveLength(2);
  expect(await list()).toMatchObject([{ state: "delivered", attempts: 2 }]);
});

test("a channel that hangs holds up no other, and is cut off", async () => {
  configure({ a: hook("a"), b: hook("b") }, { timeoutMs: 200 });
  const received = receive(async ({ host }) =>
    host.startsWith("a") ? new Promise<Response>(() => undefined) : ok(),
  );
  await handOver("x1:firing/a", "x1:firing/b");
  await until("the other has it", async () => (await list("delivered")).length === 1);
  await handOver("x2:firing/a");
  moveClock(60_000);
  await handOver("x2:firing/b");
  await until("the other has that, too", async () => (await list("delivered")).length === 2);
  await untilSent(tenant);
  expect(await list("queued")).toMatchObject([
    { id: "x2:firing/a", attempts: 0 },
    { id: "x1:firing/a", attempts: 1, lastError: /200 ms/ },
  ]);
  expect(received.filter(({ host }) => host.startsWith("a"))).toHaveLength(1);
});

test("the alarm is armed before the first attempt, and gone when nothing is left", async () => {
  let alarmAt: number | null = null;
  receive(async () => {
    alarmAt = await runInDurableObject(dispatcherOf(tenant), (_, state) =>
      state.storage.getAlarm(),
    );
    return ok();
  });
  await handOver("x1:firing/a");
  await untilSent(tenant);
  expect(alarmAt).toBeGreaterThan(Date.now());
  // What was delivered is deleted after a week; then there is nothing to do.
  while (await nextAlarm());
  expect(await list()).toEqual([]);
});

test("a test message goes at once and says what came back", async () => {
  const received = receive(() => new Response("no_service", { status: 404 }));
  const dispatcher = dispatcherOf(tenant);
  expect(await dispatcher.testChannel("a")).toMatchObject({
    channel: "a",
    delivered: false,
    status: 404,
  });
  expect(await dispatcher.testChannel("nobody")).toBeNull();
  expect(received).toHaveLength(1);
  expect(await list()).toEqual([]);
});

test("a channel without its secret keeps what it has, and the others are told, once", async () => {
  configure({ a: hook("a"), lost: { ...hook("b"), type: "slack", urlSecret: "NOT_THERE" } });
  const received = receive(ok);
  await handOver("x1:firing/lost");
  await untilSent(tenant);
  await evict(dispatcherOf(tenant));
  await handOver();
  await untilSent(tenant);
  expect(received).toHaveLength(1);
  expect(received[0]?.body).toContain("NOT_THERE");
  const { channels } = await dispatcherOf(tenant).health();
  expect(channels).toMatchObject([
    { channel: "a", state: "ok", delivered: 1 },
    { channel: "lost", state: "unconfigured", queued: 1, lastError: /NOT_THERE/ },
  ]);
});

test("an entry that storage garbled stops nothing, and is shown as dead", async () => {
  const received = receive(() => new Response("busy", { status: 503 }));
  await handOver("x1:firing/a");
  await handOver("x2:firing/a", "x3:firing/a");
  await untilSent(tenant);
  await runInDurableObject(dispatcherOf(tenant), (_, { storage }) => {
    storage.sql.exec(
      "UPDATE notifications SET body = '{}' WHERE id IN ('x1:firing/a', 'x2:firing/a')",
    );
    storage.sql.exec("UPDATE memory SET value = '{' WHERE name = 'run'");
  });
  await evict(dispatcherOf(tenant));
  vi.restoreAllMocks();
  vi.spyOn(console, "error").mockReturnValue();
  const later = receive(ok);
  for (let i = 0; i < 5 && (await list("queued")).length > 0; i++) await nextAlarm();
  expect(received.length).toBeGreaterThan(0);
  expect(later.map(({ body }) => body)).toHaveLength(1);
  expect(await list("delivered")).toMatchObject([{ id: "x3:firing/a" }]);
  expect(await list("dead")).toMatchObject([
    { id: "x2:firing/a", lastError: /cannot be read/ },
    { id: "x1:firing/a", lastError: /cannot be read/ },
  ]);
  const { channels } = await dispatcherOf(tenant).health();
  expect(channels[0]).toMatchObject({ channel: "a", delivered: 1, dead: 2, queued: 0 });
});

test("a redirect is not followed", async () => {
  const followed = vi.spyOn(globalThis, "fetch");
  followed.mockImplementation((_, init) => {
    expect(init?.redirect).toBe("manual");
    return Promise.resolve(
      new Response(null, { status: 302, headers: { location: "http://10.0.0.1" } }),
    );
  });
  await handOver("x1:firing/a");
  await untilSent(tenant);
  expect(followed).toHaveBeenCalledTimes(1);
  expect(await list("dead")).toMatchObject([{ lastError: /redirect/ }]);
});
