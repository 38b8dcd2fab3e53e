import fc from "fast-check";
import { expect, test } from "vitest";
import { BatchWatch } from "../../../../src/client/queue/batch-watch.ts";
import { MAX_SUMMED_PARTS } from "../../../../src/measures.ts";
import { MemoryRecorder } from "../../../support/memory-recorder.ts";
import { seedOf } from "../../../support/seeded.ts";

type Verdict = "ack" | "retry" | undefined;

/** What the handler does, one step each millisecond. */
type Step =
  | { readonly all: "ackAll" | "retryAll" }
  | { readonly one: "ack" | "retry"; readonly index: number };

/** A batch as the runtime keeps it: the rules of Cloudflare Queues on what is said twice. */
class PlainBatch implements MessageBatch {
  readonly queue = "jobs";
  readonly metadata = { metrics: { backlogCount: 0, backlogBytes: 0 } };
  readonly messages: readonly PlainMessage[];
  all: Verdict;

  constructor(facts: readonly { readonly sentAt: number; readonly attempts: number }[]) {
    this.messages = facts.map(
      ({ sentAt, attempts }, index) => new PlainMessage(this, `m${index}`, sentAt, attempts),
    );
  }

  ackAll(): void {
    this.all ??= "ack";
  }

  retryAll(): void {
    this.all ??= "retry";
  }
}

class PlainMessage implements Message {
  readonly body = null;
  readonly timestamp: Date;
  verdict: Verdict;
  readonly id: string;
  readonly attempts: number;
  readonly #batch: PlainBatch;

  constructor(batch: PlainBatch, id: string, sentAt: number, attempts: number) {
    this.#batch = batch;
    this.id = id;
    this.attempts = attempts;
    this.timestamp = new Date(sentAt);
  }

  ack(): void {
    if (this.#batch.all === undefined) this.verdict ??= "ack";
  }

  retry(): void {
    if (this.#batch.all === undefined) this.verdict ??= "retry";
  }
}

function watched(
  facts: readonly { readonly sentAt: number; readonly attempts: number }[],
  retriesMean?: "failure" | "deferral",
) {
  const recorder = new MemoryRecorder();
  const batch = new PlainBatch(facts);
  return { recorder, batch, watch: new BatchWatch(recorder, "queue", batch, retriesMean) };
}

function freshMessages(length: number) {
  return Array.from({ length }, () => ({ sentAt: 0, attempts: 1 }));
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ all: fc.constantFrom("ackAll", "retryAll") }) },
  {
    weight: 6,
    arbitrary: fc.record({ one: fc.constantFrom("ack", "retry"), index: fc.nat({ max: 4 }) }),
  },
);

test("each message is recorded as what becomes of it, whatever the handler says and in what order", () => {
  const seed = seedOf("what becomes of messages", process.env["SEED"]);
  const failure = fc.constantFrom(undefined, "error" as const, "timeout" as const);
  fc.assert(
    fc.property(
      fc.nat({ max: 5 }),
      fc.array(step, { maxLength: 12 }),
      failure,
      fc.constantFrom(undefined, "failure" as const, "deferral" as const),
      (size, steps, failed, retriesMean) => {
        const sentAt = 1_699_999_999_000;
        const { recorder, batch, watch } = watched(
          Array.from({ length: size }, () => ({ sentAt, attempts: 1 })),
          retriesMean,
        );
        const startedAt = recorder.at;
        for (const said of steps) {
          recorder.at += 1;
          if ("all" in said) batch[said.all]();
          else batch.messages[said.index]?.[said.one]();
        }
        recorder.at += 1;
        expect(recorder.take()).toEqual(batch.messages.map(() => "wait ok"));
        watch.ended(failed);
        const fate = batch.messages.map(({ verdict }) => {
          const said = verdict ?? batch.all;
          if (said === undefined) return failed ?? "ok";
          const again = retriesMean === "deferral" ? "rate_limited" : "error";
          return said === "retry" ? again : "ok";
        });
        expect(recorder.timings.map(({ outcome }) => outcome)).toEqual(fate);
        for (const { operation, durationMs } of recorder.timings) {
          expect(operation).toBe("process");
          expect(durationMs).toBeGreaterThan(0);
          expect(durationMs).toBeLessThanOrEqual(recorder.at - startedAt);
        }
        expect(recorder.failures).toEqual([]);
      },
    ),
    { seed, numRuns: Number(process.env["RUNS"] ?? 500) },
  );
});

test("a message's processing ends with the first word on it, else with the handler", () => {
  const { recorder, batch, watch } = watched(freshMessages(3));
  recorder.take();
  recorder.at += 10;
  batch.messages[0]?.ack();
  recorder.at += 20;
  batch.messages[0]?.ack();
  batch.messages[1]?.retry();
  recorder.at += 40;
  watch.ended(undefined);
  expect(recorder.timings.map(({ durationMs }) => durationMs)).toEqual([10, 30, 70]);
});

const DAY_MS = 86_400_000;

test.each([
  ["sent just now", 0, 1, 0, { waitMs: 0 }],
  ["sent by a clock ahead of this one", -5_000, 1, 0, { waitMs: 0 }],
  ["comes for the third time", 1_500, 3, 1_500, { waitMs: 1_500, retries: 2 }],
  ["waited for an hour", 3_600_000, 1, 600_000, { waitMs: 3_600_000 }],
  [
    "waited longer than the measure holds",
    14 * DAY_MS,
    1,
    600_000,
    { waitMs: MAX_SUMMED_PARTS / 1_000 },
  ],
])("a message that was %s", (_, ageMs, attempts, durationMs, measures) => {
  const { recorder } = watched([{ sentAt: 1_700_000_000_000 - ageMs, attempts }]);
  const outcome = "ok";
  expect(recorder.timings).toEqual([
    { target: "queue", operation: "wait", durationMs, outcome, measures },
  ]);
});

test("a handler of over ten minutes counts as ten minutes", () => {
  const { recorder, watch } = watched([{ sentAt: 0, attempts: 1 }]);
  recorder.at += 900_000;
  watch.ended(undefined);
  expect(recorder.timings[1]).toMatchObject({ operation: "process", durationMs: 600_000 });
});

test("messages that cannot be watched are counted, and stay usable", () => {
  const recorder = new MemoryRecorder();
  const batch = new PlainBatch(freshMessages(2));
  const frozen = Object.freeze(batch.messages[0] ?? {});
  const watch = new BatchWatch(recorder, "queue", batch);
  expect(recorder.failures).toHaveLength(1);
  expect(Object.hasOwn(frozen, "ack")).toBe(false);
  batch.messages[1]?.retry();
  watch.ended(undefined);
  expect(recorder.timings.map(({ outcome }) => outcome)).toEqual(["ok", "ok", "ok", "error"]);
});

test("what is no batch is counted, and nothing is thrown", () => {
  const recorder = new MemoryRecorder();
  for (const nonsense of [null, undefined, {}, { messages: 7 }, { messages: [null] }]) {
    new BatchWatch(recorder, "queue", nonsense as unknown as MessageBatch).ended("error");
  }
  expect(recorder.failures.length).toBeGreaterThanOrEqual(5);
});

test("a method that is borrowed for another message says nothing of its own", () => {
  const { recorder, batch, watch } = watched(freshMessages(2));
  recorder.take();
  const [lender, borrower] = batch.messages;
  Reflect.apply(Reflect.get(lender ?? {}, "ack"), borrower, []);
  watch.ended("error");
  expect(recorder.take()[0]).toBe("process error");
});
