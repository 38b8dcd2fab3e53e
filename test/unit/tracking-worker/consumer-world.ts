import { vi } from "vitest";
import type { TachographBinding } from "../../../src/client/index.ts";
import type { PermitAnswer, PermitRequest } from "../../../src/wire/permits.ts";
import type { Env } from "../../../examples/tracking-worker/env.ts";
import type { JobMessage } from "../../../examples/tracking-worker/jobs/enqueue.ts";
import { JobBook } from "../../../examples/tracking-worker/jobs/job-book.ts";
import { MemoryD1 } from "./memory-d1.ts";
import { memorySql } from "./sqlite.ts";

/** A message of the fake queue, with what was said about it. */
export interface FakeMessage {
  readonly id: string;
  readonly body: JobMessage;
  attempts: number;
  readonly ack: ReturnType<typeof vi.fn<() => void>>;
  readonly retry: ReturnType<typeof vi.fn<(options?: { delaySeconds?: number }) => void>>;
}

/** What was put on the fake queue. */
export interface Sent {
  readonly job: string;
  readonly delaySeconds: number;
}

/**
 * The tracking Worker without a runtime: the real books over SQLite in memory, and a queue, a
 * bucket and platforms that do what they are told.
 */
export class ConsumerWorld {
  readonly sent: Sent[] = [];
  /** Event ids of each call that the platforms took or refused, in order. */
  readonly calls: string[][] = [];
  readonly asked: PermitRequest[] = [];
  readonly books = new Map<string, JobBook>();
  readonly alarms = new Map<string, number>();
  readonly env: Env;
  readonly database = new MemoryD1();
  /** Makes the next calls of a book's method or of the queue fail, as often as it says. */
  readonly failures = new Map<"settle" | "queue", number>();
  permit: (request: PermitRequest) => Partial<PermitAnswer> = () => ({ kind: "unlimited" });
  respond: (ids: readonly string[]) => Response = () => Response.json({});

  constructor() {
    const binding: TachographBinding = {
      report: () => Promise.resolve({ ok: false, reason: "unavailable", detail: "not here" }),
      permit: (request) => {
        this.asked.push(request);
        return Promise.resolve({ target: request.target, ...this.permit(request) } as PermitAnswer);
      },
    };
    this.env = {
      TACHOGRAPH: binding,
      DEFERRED: {
        send: (body: JobMessage, options: { delaySeconds?: number } = {}) =>
          this.#enqueue([{ body, ...options }]),
        sendBatch: (messages: { body: JobMessage; delaySeconds?: number }[]) =>
          this.#enqueue(messages),
      },
      DB: this.database,
      JOB_BOOK: { getByName: (name: string) => this.#book(name) },
      PLATFORMS: { fetch: (request: Request) => this.#answer(request) },
    } as unknown as Env;
  }

  /** A message about a job. */
  message(job: string, attempts = 1): FakeMessage {
    const id = `message-${job}`;
    return { id, body: { job }, attempts, ack: vi.fn<() => void>(), retry: vi.fn() };
  }

  batch(...messages: FakeMessage[]): MessageBatch<JobMessage> {
    const ackAll = (): void => {
      for (const message of messages) message.ack();
    };
    return { queue: "q", messages, ackAll } as unknown as MessageBatch<JobMessage>;
  }

  #book(name: string): JobBook {
    const known = this.books.get(name);
    if (known !== undefined) return this.#failing(known);
    const storage = {
      sql: memorySql(),
      getAlarm: () => Promise.resolve(this.alarms.get(name) ?? null),
      setAlarm: (at: number) => Promise.resolve(void this.alarms.set(name, at)),
    };
    const ctx = { id: { name }, storage } as unknown as DurableObjectState;
    const book = new JobBook(ctx, this.env);
    this.books.set(name, book);
    return this.#failing(book);
  }

  #failing(book: JobBook): JobBook {
    return this.#fails("settle") ? ({ settle: reject } as unknown as JobBook) : book;
  }

  /** Counts one failure down. A book fails only where it is asked to settle something. */
  #fails(what: "settle" | "queue"): boolean {
    const left = this.failures.get(what) ?? 0;
    if (left > 0) this.failures.set(what, left - 1);
    return left > 0;
  }

  async #enqueue(messages: { body: JobMessage; delaySeconds?: number }[]): Promise<void> {
    if (this.#fails("queue")) await reject();
    for (const { body, delaySeconds = 0 } of messages) {
      this.sent.push({ job: body.job, delaySeconds });
    }
  }

  async #answer(request: Request): Promise<Response> {
    const { data }: { data: { event_id: string }[] } = await request.json();
    const ids = data.map(({ event_id }) => event_id);
    this.calls.push(ids);
    return this.respond(ids);
  }
}

function reject(): Promise<never> {
  return Promise.reject(new Error("it does not answer"));
}
