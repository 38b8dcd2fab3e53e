import { expect, test, vi } from "vitest";

import { classifyError, classifyStatus } from "../../../src/client/index.ts";
import type {
  CallOutcome,
  Outcome,
  Tachograph,
  TimedFetchInit,
} from "../../../src/client/index.ts";
import { OUTCOMES } from "../../../src/outcome.ts";
import { harness } from "./harness.ts";
import type { Harness } from "./harness.ts";

const URL_ = "https://platform.test/events";

/** What the one report that a flush sends says: outcome and milliseconds of every timing. */
async function reported(world: Harness, tacho: Tachograph): Promise<[Outcome, number][]> {
  await tacho.flush();
  const columns = world.server.requests.at(-1)?.reports[0]?.columns;
  return [...(columns?.outcome ?? [])].map((code, index) => [
    OUTCOMES[code] ?? "error",
    (columns?.durationUs[index] ?? 0) / 1_000,
  ]);
}

/** A fetcher that answers after `durationMs` of virtual time. */
function answering(world: Harness, response: Response, durationMs = 0): TimedFetchInit {
  const fetcher = {
    fetch: async (): Promise<Response> => {
      world.time.now += durationMs;
      return response;
    },
  };
  return { fetcher };
}

test.each([
  [200, "ok"],
  [202, "ok"],
  [204, "ok"],
  [301, "ok"],
  [304, "ok"],
  [400, "error"],
  [401, "error"],
  [404, "error"],
  [408, "timeout"],
  [422, "error"],
  [429, "rate_limited"],
  [500, "error"],
  [502, "error"],
  [503, "error"],
  [504, "timeout"],
  [599, "error"],
] as const)("status %d is %s", async (status, outcome) => {
  const world = harness();
  const tacho = world.request();
  const answer = new Response(null, { status });
  const response = await tacho.fetch("meta", "events", URL_, answering(world, answer, 12));
  expect(response).toBe(answer);
  expect(await reported(world, tacho)).toEqual([[outcome, 12]]);
});

test("a switch of protocols is ok, a status that is none is an error", () => {
  expect(classifyStatus(101)).toBe("ok");
  expect(classifyStatus(0)).toBe("error");
  expect(classifyStatus(Number.NaN)).toBe("error");
});

const hostile = new Proxy(new Error("x"), {
  has: () => {
    throw new Error("hands off");
  },
});

test.each([
  [new TypeError("network connection lost"), "error"],
  [new DOMException("aborted", "AbortError"), "timeout"],
  [new DOMException("too late", "TimeoutError"), "timeout"],
  ["a string", "error"],
  [undefined, "error"],
  [null, "error"],
  [hostile, "error"],
] as const)(
  "a call that throws is counted, and the same error comes out (%#)",
  async (error, outcome) => {
    const world = harness();
    const tacho = world.request();
    const fail = async (): Promise<never> => {
      world.time.now += 30;
      throw error;
    };
    const caught: unknown[] = [];
    await tacho.fetch("meta", "events", URL_, { fetcher: { fetch: fail } }).catch((thrown) => {
      caught.push(thrown);
    });
    await tacho.time("meta", "events", fail).catch((thrown: unknown) => {
      caught.push(thrown);
    });
    expect(caught.length).toBe(2);
    for (const thrown of caught) expect(Object.is(thrown, error)).toBe(true);
    expect(await reported(world, tacho)).toEqual([
      [outcome, 30],
      [outcome, 30],
    ]);
  },
);

test("only the two names of an abort are timeouts", () => {
  expect(classifyError({ name: "AbortError" })).toBe("timeout");
  expect(classifyError({ name: "Aborted" })).toBe("error");
  expect(classifyError({})).toBe("error");
});

test("time returns what the call returns, and takes calls that throw at once", async () => {
  const world = harness();
  const tacho = world.request();
  expect(await tacho.time("d1", "insert", () => 42)).toBe(42);
  const thrown = new RangeError("at once");
  await expect(
    tacho.time("d1", "insert", () => {
      throw thrown;
    }),
  ).rejects.toBe(thrown);
  expect((await reported(world, tacho)).map(([outcome]) => outcome)).toEqual(["ok", "error"]);
});

test("a stopwatch that goes back gives 0 ms", async () => {
  const world = harness();
  const tacho = world.request();
  await tacho.time("d1", "insert", () => void (world.time.now -= 5_000));
  expect(await reported(world, tacho)).toEqual([["ok", 0]]);
});

test("bad names never keep a call from being made", async () => {
  const world = harness();
  const tacho = world.request();
  const response = await tacho.fetch("NOT A NAME", "", URL_, answering(world, new Response("yes")));
  expect(await response.text()).toBe("yes");
  expect(tacho.stats().refused).toEqual({ bad_target: 1 });
});

test("the request and the init arrive untouched, without our own fields", async () => {
  const fetched = vi.fn(async () => new Response("yes"));
  const headers = { authorization: "Bearer x" };
  await harness()
    .request()
    .fetch("meta", "events", URL_, {
      fetcher: { fetch: fetched },
      classify: () => "ok",
      method: "POST",
      headers,
    });
  expect(fetched.mock.calls).toEqual([[URL_, { method: "POST", headers }]]);
});

test("without a fetcher the global fetch is called", async () => {
  const world = harness();
  const tacho = world.request();
  const fetched = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("yes"));
  try {
    await tacho.fetch("meta", "events", URL_, { method: "PUT" });
    expect(fetched.mock.calls).toEqual([[URL_, { method: "PUT" }]]);
  } finally {
    fetched.mockRestore();
  }
  expect((await reported(world, tacho)).length).toBe(1);
});

/** Never answers; fails as `fetch` does when its signal is aborted. */
const hanging = {
  fetch: (_: unknown, init?: RequestInit): Promise<Response> =>
    new Promise((_resolve, reject) => {
      const signal = init?.signal;
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
    }),
};

test("timeoutMs aborts with a TimeoutError, which is a timeout", async () => {
  const world = harness();
  const tacho = world.request();
  const call = tacho.fetch("meta", "events", URL_, { fetcher: hanging, timeoutMs: 5 });
  await expect(call).rejects.toMatchObject({ name: "TimeoutError" });
  expect((await reported(world, tacho)).map(([outcome]) => outcome)).toEqual(["timeout"]);
});

test("timeoutMs leaves the caller's own signals in force, in init and in the request", async () => {
  const world = harness();
  const tacho = world.request();
  const reason = new DOMException("the caller left", "AbortError");
  for (const where of ["init", "request"] as const) {
    const controller = new AbortController();
    const { signal } = controller;
    const call =
      where === "init"
        ? tacho.fetch("meta", "x", URL_, { fetcher: hanging, timeoutMs: 60_000, signal })
        : tacho.fetch("meta", "x", new Request(URL_, { signal }), {
            fetcher: hanging,
            timeoutMs: 60_000,
          });
    const outcome = expect(call).rejects.toMatchObject({ name: "AbortError" });
    controller.abort(reason);
    await outcome;
  }
  expect((await reported(world, tacho)).map(([outcome]) => outcome)).toEqual([
    "timeout",
    "timeout",
  ]);
});

test.each([0, -1, Number.NaN])(
  "timeoutMs %d is ignored and counted, the call is made",
  async (timeoutMs) => {
    const world = harness();
    const tacho = world.request();
    const init = { ...answering(world, new Response("yes")), timeoutMs };
    const response = await tacho.fetch("meta", "events", URL_, init);
    expect(await response.text()).toBe("yes");
    expect(tacho.stats().failures).toBe(1);
    expect(tacho.stats().lastFailure).toContain("timeoutMs");
  },
);

test("a classifier reads the body of a clone, and the caller still gets the whole body", async () => {
  const world = harness();
  const tacho = world.request();
  const answer = Response.json({ code: 40100 });
  const response = await tacho.fetch("tiktok", "events", URL_, {
    ...answering(world, answer, 25),
    classify: async (clone) => {
      const { code } = await clone.json<{ code: number }>();
      world.time.now += 1_000;
      return code === 40100 ? "rate_limited" : undefined;
    },
  });
  expect(await response.json()).toEqual({ code: 40100 });
  const timings = await reported(world, tacho);
  expect(timings, "the classifier's own time is not the call's").toEqual([["rate_limited", 25]]);
  expect(world.server.requests[0]?.reports[0]?.columns.baseAt).toBe(1_700_000_000_025);
});

test("undefined leaves the outcome to the status, and so does a failing classifier", async () => {
  const classifiers = [
    { classify: () => undefined, failures: 0 },
    {
      classify: () => {
        throw new Error("bad body");
      },
      failures: 1,
    },
    { classify: () => Promise.reject(new Error("bad body")), failures: 1 },
    { classify: () => "excellent" as Outcome, failures: 1 },
  ];
  for (const { classify, failures } of classifiers) {
    const world = harness();
    const tacho = world.request();
    const init = { ...answering(world, new Response("x", { status: 429 })), classify };
    const response = await tacho.fetch("meta", "events", URL_, init);
    expect(await response.text()).toBe("x");
    expect((await reported(world, tacho)).map(([outcome]) => outcome)).toEqual(["rate_limited"]);
    expect(tacho.stats().failures).toBe(failures);
  }
});

test("a classifier that never ends delays nobody, and after 5 s the status decides", async () => {
  const world = harness();
  const tacho = world.request();
  const init = {
    ...answering(world, new Response("x")),
    classify: () => new Promise<never>(() => {}),
  };
  const response = await tacho.fetch("meta", "events", URL_, init);
  expect(await response.text()).toBe("x");
  expect(world.kept.length, "the rest is in waitUntil").toBe(1);
  expect(tacho.stats().recorded).toBe(0);
  await world.time.advance(5_000);
  expect(tacho.stats()).toMatchObject({ recorded: 1, acknowledged: 1, failures: 1 });
});

test("a response whose body is already read cannot be cloned: the status decides", async () => {
  const world = harness();
  const tacho = world.request();
  const answer = new Response("x");
  await answer.text();
  const init = { ...answering(world, answer), classify: (): Outcome => "error" };
  expect(await tacho.fetch("meta", "events", URL_, init)).toBe(answer);
  expect((await reported(world, tacho)).map(([outcome]) => outcome)).toEqual(["ok"]);
  expect(tacho.stats().failures).toBe(1);
});

const broken = (): never => {
  throw new Error("broken");
};

test.each<[string, TimedFetchInit, number, CallOutcome]>([
  ["by the status", {}, 503, { outcome: "error" }],
  ["by a classifier", { classify: () => "miss" }, 200, { outcome: "miss" }],
  [
    "with a code",
    { classify: async () => ({ outcome: "error", code: 7 }) },
    200,
    { outcome: "error", code: 7 },
  ],
  [
    "without a code that is none",
    { classify: () => ({ outcome: "error", code: "7" }) as unknown as Outcome },
    200,
    { outcome: "error" },
  ],
  [
    "when the classifier answers nonsense",
    { classify: () => ({ outcome: "excellent" }) as unknown as Outcome },
    408,
    { outcome: "timeout" },
  ],
  ["when the classifier fails", { classify: broken }, 429, { outcome: "rate_limited" }],
])("onOutcome is told once how the call ended, %s", async (_, how, status, ended) => {
  const world = harness();
  const tacho = world.request();
  const told: CallOutcome[] = [];
  const init: TimedFetchInit = {
    ...answering(world, new Response("x", { status })),
    ...how,
    onOutcome: (outcome) => void told.push(outcome),
  };
  const response = await tacho.fetch("meta", "events", URL_, init);
  expect(await response.text()).toBe("x");
  expect((await reported(world, tacho)).map(([outcome]) => outcome)).toEqual([ended.outcome]);
  expect(told).toEqual([ended]);
});

test("onOutcome is told before fetch throws, and not of a call that was not made", async () => {
  const world = harness();
  world.server.limit("meta", { capacity: 1, refillPerMinute: 0 });
  const tacho = world.request();
  const told: CallOutcome[] = [];
  const fetcher = { fetch: () => Promise.reject(new DOMException("late", "TimeoutError")) };
  const init: TimedFetchInit = {
    fetcher,
    permit: true,
    onOutcome: (ended) => void told.push(ended),
  };
  await expect(tacho.fetch("meta", "events", URL_, init)).rejects.toThrow("late");
  expect(told).toEqual([{ outcome: "timeout" }]);
  await expect(tacho.fetch("meta", "events", URL_, init)).rejects.toThrow("no permit");
  expect(told.length).toBe(1);
});

test("an onOutcome that throws harms nobody, and a timer that does not start hides nothing", async () => {
  const world = harness({ timer: broken });
  const tacho = world.request();
  const told: CallOutcome[] = [];
  const plain = answering(world, new Response("x"));
  await tacho.fetch("meta", "events", URL_, { ...plain, onOutcome: broken });
  expect(tacho.stats()).toMatchObject({ recorded: 1 });
  const failures = tacho.stats().failures;
  expect(failures).toBeGreaterThan(0);
  const init: TimedFetchInit = {
    ...answering(world, new Response("x")),
    classify: () => new Promise(() => {}),
    onOutcome: (ended) => void told.push(ended),
  };
  await tacho.fetch("meta", "events", URL_, init);
  await world.time.settle();
  expect(told).toEqual([{ outcome: "ok" }]);
  expect(tacho.stats()).toMatchObject({ recorded: 2 });
});
