import type { Claim, Job, JobRequest, JobResult } from "./job.ts";
import type { JobBook, KeptJob, SettledJob } from "./job-book.ts";
import { BOOKS, bookOf } from "./job-id.ts";

const SETTLE_ATTEMPTS = 3;
const SETTLE_PAUSE_MS = 200;

/** All jobs, wherever they are kept: one call for each book that has some of them. */
export class JobBooks {
  readonly #namespace: DurableObjectNamespace<JobBook>;

  constructor(namespace: DurableObjectNamespace<JobBook>) {
    this.#namespace = namespace;
  }

  keep(request: JobRequest, result: JobResult): Promise<KeptJob> {
    return this.#book(bookOf(request.id)).keep(request, result);
  }

  async claim(ids: readonly string[]): Promise<readonly Claim[]> {
    const groups = [...Map.groupBy(ids, bookOf)];
    return (await Promise.all(groups.map(([book, own]) => this.#book(book).claim(own)))).flat();
  }

  /** Tries a few times: what was sent and is not noted down is sent again when its claim ends. */
  async settle(entries: readonly SettledJob[]): Promise<readonly Job[]> {
    const groups = [...Map.groupBy(entries, ({ id }) => bookOf(id))];
    const settled = groups.map(async ([book, group]) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          // A stub that has thrown is broken: each attempt has its own.
          return await this.#book(book).settle(group);
        } catch (error) {
          if (attempt === SETTLE_ATTEMPTS) throw error;
          await scheduler.wait(SETTLE_PAUSE_MS * attempt);
        }
      }
    });
    return (await Promise.all(settled)).flat();
  }

  show(id: string): Promise<Job | null> {
    return this.#book(bookOf(id)).show(id);
  }

  /** At most `limit` dead jobs, the oldest to begin with. */
  async dead(limit: number): Promise<readonly Job[]> {
    const books = await Promise.all(BOOKS.map((book) => this.#book(book).dead(limit)));
    return books
      .flat()
      .toSorted((one, other) => one.createdAt - other.createdAt)
      .slice(0, limit);
  }

  /** Brings the dead ones of `ids` back to life. @returns those; each needs a message in the queue. */
  async replay(ids: readonly string[]): Promise<readonly Job[]> {
    const groups = [...Map.groupBy(ids, bookOf)];
    return (await Promise.all(groups.map(([book, own]) => this.#book(book).replay(own)))).flat();
  }

  #book(name: string): DurableObjectStub<JobBook> {
    return this.#namespace.getByName(name);
  }
}
