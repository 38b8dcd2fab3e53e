import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { tachograph } from "../../../src/client/index.ts";
import { bury } from "../../../examples/tracking-worker/bury.ts";
import { deliverDeferred } from "../../../examples/tracking-worker/deliver-deferred.ts";
import { HOLD_MS, OVERDUE_MS } from "../../../examples/tracking-worker/jobs/job.ts";
import { JobBook } from "../../../examples/tracking-worker/jobs/job-book.ts";
import { JobBooks } from "../../../examples/tracking-worker/jobs/job-books.ts";
import {
  type Delivery,
  type Sending,
  sendOrKeep,
} from "../../../examples/tracking-worker/send-or-keep.ts";
import { ConsumerWorld, type FakeMessage } from "./consumer-world.ts";

vi.mock("cloudflare:workers", () => ({
  DurableObject: class {
    readonly ctx: unknown;
    readonly env: unknown;
    constructor(ctx: unknown, env: unknown) {
      this.ctx = ctx;
      this.env = env;
    }
  },
}));

const DENIED = { kind: "denied", reason: "empty", detail: "none left", place: "7-1" } as const;
const denied = () => ({ ...DENIED, retryAfterMs: 30_000 });
const unlimited = () => ({ kind: "unlimited" }) as const;

let world: ConsumerWorld;
let books: JobBooks;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_795_000_000_000 });
  vi.stubGlobal("scheduler", { wait: () => Promise.resolve() });
  vi.spyOn(console, "error").mockReturnValue();
  world = new ConsumerWorld();
  books = new JobBooks(world.env.JOB_BOOK);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function track(id: string, more: { maxAttempts?: number } = {}): Promise<Delivery> {
  return (await sending(id, more)).delivery;
}

function sending(id: string, more: { maxAttempts?: number } = {}): Promise<Sending> {
  const tacho = tachograph(world.env.TACHOGRAPH, { waitUntil: () => undefined });
  const platforms = ["meta"] as const;
  const event = { event: "Lead", id, value: 1, platforms, maxAttempts: 8, ...more };
  return sendOrKeep(tacho, world.env, "meta", event);
}

/** Jobs that were denied a permit, and whose time has come. */
async function dueJobs(...ids: string[]): Promise<string[]> {
  world.permit = denied;
  const deliveries = await Promise.all(ids.map((id) => track(id)));
  world.permit = unlimited;
  vi.advanceTimersByTime(60_000);
  return deliveries.map((delivery) => ("job" in delivery ? delivery.job : ""));
}

const deliver = (...messages: FakeMessage[]): Promise<void> =>
  deliverDeferred(world.batch(...messages), world.env, { waitUntil: () => undefined });

describe("what is denied", () => {
  it("is kept, and comes back when its permit is there, with its place", async () => {
    const [job = ""] = await dueJobs("a");
    expect(world.sent).toEqual([{ job, delaySeconds: 30 }]);
    const message = world.message(job);
    await deliver(message);
    expect(world.calls).toEqual([["a"]]);
    expect(world.asked.at(-1)).toMatchObject({ need: 1, places: ["7-1"] });
    expect(message.ack).toHaveBeenCalledOnce();
    expect((await books.show(job))?.state).toBe("delivered");
  });

  it("goes in one request with what waits beside it, for one permit", async () => {
    const jobs = await dueJobs("a", "b", "c");
    const before = world.asked.length;
    await deliver(...jobs.map((job) => world.message(job)));
    expect(world.calls).toEqual([["a", "b", "c"]]);
    expect(world.asked.length - before).toBe(1);
    expect(world.asked.at(-1)?.places).toHaveLength(3);
  });

  it("waits again when it is denied again, with one place for the whole batch", async () => {
    const jobs = await dueJobs("a", "b");
    world.permit = denied;
    const messages = jobs.map((job) => world.message(job));
    await deliver(...messages);
    expect(world.asked.at(-1)?.line).toEqual({ sharedBy: 50 });
    for (const { retry, ack } of messages) {
      expect(retry).toHaveBeenCalledExactlyOnceWith({ delaySeconds: 30 });
      expect(ack).not.toHaveBeenCalled();
    }
    const places = await Promise.all(jobs.map(async (job) => (await books.show(job))?.place));
    expect(places).toEqual(["7-1", null]);
  });

  it("gets a new message before the queue gives the old one up", async () => {
    const [job = ""] = await dueJobs("a");
    world.permit = denied;
    const message = world.message(job, 50);
    await deliver(message);
    expect(world.sent).toHaveLength(2);
    expect(world.sent.at(-1)).toEqual({ job, delaySeconds: 30 });
    expect(message.ack).toHaveBeenCalledOnce();
  });
});

describe("a message that comes twice", () => {
  it("sends its event once, at the same time or later", async () => {
    const [job = ""] = await dueJobs("a");
    const [one, other, late] = [world.message(job), world.message(job), world.message(job)];
    await Promise.all([deliver(one), deliver(other)]);
    await deliver(late);
    expect(world.calls).toEqual([["a"]]);
    expect(late.ack).toHaveBeenCalledOnce();
    expect(other.retry.mock.calls.length + one.retry.mock.calls.length).toBe(1);
  });

  it("sends nothing before its time", async () => {
    world.permit = denied;
    const delivery = await track("a");
    const message = world.message("job" in delivery ? delivery.job : "");
    world.permit = unlimited;
    await deliver(message);
    expect(world.calls).toEqual([]);
    expect(message.retry).toHaveBeenCalledExactlyOnceWith({ delaySeconds: 30 });
  });
});

describe("a failure", () => {
  it("of the platform is tried again, and dead in the end", async () => {
    world.respond = () => new Response(null, { status: 503 });
    const delivery = await track("a", { maxAttempts: 2 });
    expect(delivery).toMatchObject({ outcome: "deferred" });
    const job = "job" in delivery ? delivery.job : "";
    vi.advanceTimersByTime(60_000);
    const message = world.message(job);
    await deliver(message);
    expect(message.ack).toHaveBeenCalledOnce();
    expect(await books.dead(100)).toMatchObject([{ id: job, state: "dead", attempts: 2 }]);
    expect(await books.replay([job])).toMatchObject([{ id: job, state: "queued", attempts: 0 }]);
  });

  it("of one event in a batch is that event's alone", async () => {
    world.respond = (ids) => new Response("{}", { status: ids.includes("bad") ? 400 : 200 });
    const jobs = await dueJobs("a", "bad", "c");
    const messages = jobs.map((job) => world.message(job));
    await deliver(...messages);
    for (const { retry } of messages) expect(retry).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(1_000);
    await deliver(...messages);
    expect(world.calls).toEqual([["a", "bad", "c"], ["a"], ["bad"], ["c"]]);
    const states = await Promise.all(jobs.map(async (job) => (await books.show(job))?.state));
    expect(states).toEqual(["delivered", "dead", "delivered"]);
  });

  it("is told to whoever sent a wrong event, and not kept", async () => {
    world.respond = () => new Response("{}", { status: 400 });
    expect(await track("bad")).toEqual({ outcome: "error", status: 400 });
    expect(world.sent).toEqual([]);
  });

  it("to note down what was sent leads to a second sending, after the claim", async () => {
    const [job = ""] = await dueJobs("a");
    const message = world.message(job);
    world.respond = () => {
      world.failures.set("settle", 3);
      return Response.json({});
    };
    await deliver(message);
    expect(message.ack).not.toHaveBeenCalled();
    expect(message.retry).toHaveBeenCalledOnce();
    world.respond = () => Response.json({});
    vi.advanceTimersByTime(60_000);
    await deliver(message);
    expect(world.calls).toHaveLength(1);
    vi.advanceTimersByTime(HOLD_MS);
    await deliver(message);
    expect(world.calls).toHaveLength(2);
    expect((await books.show(job))?.state).toBe("delivered");
  });

  it("of the queue only delays: the book finds what is overdue", async () => {
    world.permit = denied;
    world.failures.set("queue", 1);
    const delivery = await track("a");
    expect(delivery).toMatchObject({ outcome: "deferred" });
    expect(world.sent).toEqual([]);
    const [[name = "", alarmAt = 0] = []] = world.alarms;
    expect(alarmAt).toBe(Date.now() + 30_000 + OVERDUE_MS);
    vi.setSystemTime(alarmAt);
    await world.books.get(name)?.alarm();
    expect(world.sent).toMatchObject([{ job: "job" in delivery ? delivery.job : "" }]);
    expect(world.alarms.get(name)).toBe(alarmAt + OVERDUE_MS);
  });
});

describe("dead letters", () => {
  it("become dead jobs, unless they were delivered", async () => {
    const [sent = "", lost = ""] = await dueJobs("a", "b");
    await deliver(world.message(sent));
    const messages = [world.message(sent), world.message(lost)];
    await bury(world.batch(...messages), world.env);
    for (const { ack } of messages) expect(ack).toHaveBeenCalledOnce();
    expect((await books.show(sent))?.state).toBe("delivered");
    expect(await books.dead(100)).toMatchObject([{ id: lost, state: "dead" }]);
  });
});

describe("how calls went", () => {
  const counted = () => world.database.rows("SELECT platform, delivered, failed FROM deliveries");

  it.each([
    [200, true],
    [503, false],
    [400, false],
  ])("is known at once of an answer of %d", async (status, isDelivered) => {
    world.respond = () => new Response("{}", { status });
    expect(await sending("a")).toMatchObject({ isDelivered });
  });

  it("is not known of what waits for its permit, unless it is lost", async () => {
    world.permit = denied;
    expect(await sending("a")).toMatchObject({
      delivery: { outcome: "deferred" },
      isDelivered: null,
    });
    vi.spyOn(JobBook.prototype, "keep").mockRejectedValue(new Error("away"));
    expect(await sending("b")).toMatchObject({ delivery: { outcome: "lost" }, isDelivered: false });
  });

  it("is counted at each attempt, long before the event is given up", async () => {
    const [job = ""] = await dueJobs("a");
    world.respond = () => new Response(null, { status: 503 });
    await deliver(world.message(job));
    expect((await books.show(job))?.state).toBe("deferred");
    expect(counted()).toEqual([{ platform: "meta", delivered: 0, failed: 1 }]);
    vi.advanceTimersByTime(86_400_000);
    world.respond = () => Response.json({});
    await deliver(world.message(job));
    expect(counted()).toMatchObject([{ failed: 1 }, { delivered: 1, failed: 0 }]);
  });

  it("is counted once for a call, however many events it has", async () => {
    const jobs = await dueJobs("a", "b", "c");
    await deliver(...jobs.map((job) => world.message(job)));
    expect(counted()).toEqual([{ platform: "meta", delivered: 1, failed: 0 }]);
  });

  it("is not counted of what is denied again", async () => {
    const [job = ""] = await dueJobs("a");
    world.permit = denied;
    await deliver(world.message(job));
    expect(counted()).toEqual([]);
  });

  it("is counted also if it cannot be noted down", async () => {
    const [job = ""] = await dueJobs("a");
    world.respond = () => {
      world.failures.set("settle", 3);
      return Response.json({});
    };
    await deliver(world.message(job));
    expect(counted()).toEqual([{ platform: "meta", delivered: 1, failed: 0 }]);
  });

  it("stops nothing when it cannot be counted", async () => {
    const [job = ""] = await dueJobs("a");
    world.database.isDown = true;
    const message = world.message(job);
    await deliver(message);
    expect(message.ack).toHaveBeenCalledOnce();
    expect(message.retry).not.toHaveBeenCalled();
  });
});
