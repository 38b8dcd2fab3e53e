import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { enqueue } from "./enqueue.ts";
import { type Claim, claim, type Job, type JobRequest, type JobResult } from "./job.ts";
import { newJob, replay, settle } from "./job.ts";
import { JobStore } from "./job-store.ts";
import { sweep } from "./sweep.ts";

/** What a try of one job came to. */
export interface SettledJob {
  readonly id: string;
  readonly result: JobResult;
}

/** What became of a job that was to be kept. */
export type KeptJob =
  /** `isNew`: it needs a message in the queue. Else there is one already, or it is over. */
  | { readonly kind: "kept"; readonly job: Job; readonly isNew: boolean }
  /** The book holds as many as it may. */
  | { readonly kind: "full" };

/** Most jobs of one book, about 100 MB. */
const MAX_JOBS = 100_000;

/** Jobs that one alarm looks at: as many as a queue takes at once. */
const SWEEP_JOBS = 100;

/** Between one alarm and the next, at least. */
const SWEEP_PAUSE_MS = 1_000;

/** After an alarm that failed. */
const SWEEP_RETRY_MS = 60_000;

/**
 * Keeps the state of a sixteenth of the jobs, and thereby decides which message of the queue, which
 * may deliver one twice, gets to send a job. What is to become of a job is decided in `job.ts`.
 */
export class JobBook extends DurableObject<Env> {
  readonly #store: JobStore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new JobStore(ctx.storage.sql);
  }

  /** Keeps a job after its first try, unless it is known and alive already. */
  async keep(request: JobRequest, result: JobResult): Promise<KeptJob> {
    const now = Date.now();
    const known = this.#store.get(request.id);
    if (known !== undefined && known.state !== "dead") {
      return { kind: "kept", job: known, isNew: false };
    }
    if (known === undefined && this.#store.count >= MAX_JOBS) return { kind: "full" };
    const job = settle(newJob(request, now), result, now);
    this.#store.put([job]);
    await this.#wakeBy(job.sweepAt);
    return { kind: "kept", job, isNew: true };
  }

  /** Gives those of `ids` whose turn it is to the caller. */
  claim(ids: readonly string[]): readonly Claim[] {
    const now = Date.now();
    const jobs = this.#store.getAll(ids);
    const claims = [...new Set(ids)].map((id): Claim => {
      const job = jobs.get(id);
      return job === undefined ? { kind: "over", id } : claim(job, now);
    });
    this.#store.put(claims.flatMap((entry) => (entry.kind === "send" ? [entry.job] : [])));
    return claims;
  }

  /** Takes note of what the tries came to. @returns the jobs as they are now. */
  settle(entries: readonly SettledJob[]): readonly Job[] {
    const now = Date.now();
    const jobs = this.#store.getAll(entries.map(({ id }) => id));
    const settled = entries.flatMap(({ id, result }) => {
      const job = jobs.get(id);
      return job === undefined ? [] : [settle(job, result, now)];
    });
    this.#store.put(settled);
    return settled;
  }

  show(id: string): Job | null {
    return this.#store.get(id) ?? null;
  }

  /** At most `limit` dead jobs, those that died first to begin with. */
  dead(limit: number): readonly Job[] {
    return this.#store.dead(limit);
  }

  /** Brings the dead ones of `ids` back to life. @returns those; each needs a message in the queue. */
  async replay(ids: readonly string[]): Promise<readonly Job[]> {
    const now = Date.now();
    const dead = [...this.#store.getAll(ids).values()].filter(({ state }) => state === "dead");
    const jobs = dead.map((job) => replay(job, now));
    this.#store.put(jobs);
    await this.#wakeBy(Math.min(...jobs.map(({ sweepAt }) => sweepAt)));
    return jobs;
  }

  /** Deletes what is over for long, and sends a new message for what is overdue. Never throws. */
  override async alarm(): Promise<void> {
    const now = Date.now();
    let pauseMs = SWEEP_PAUSE_MS;
    try {
      const sweeps = this.#store.due(now, SWEEP_JOBS).map((job) => ({ job, ...sweep(job, now) }));
      const overdue = sweeps.flatMap((entry) => (entry.kind === "requeue" ? [entry.job] : []));
      await enqueue(this.env, overdue, now);
      this.#store.put(overdue);
      this.#store.delete(sweeps.flatMap(({ kind, job }) => (kind === "delete" ? [job.id] : [])));
    } catch (error) {
      console.error(`${this.ctx.id.name}: the sweep failed and is repeated`, error);
      pauseMs = SWEEP_RETRY_MS;
    }
    const next = this.#store.nextSweepAt();
    if (next !== undefined) await this.ctx.storage.setAlarm(Math.max(next, now + pauseMs));
  }

  async #wakeBy(at: number): Promise<void> {
    const alarmAt = await this.ctx.storage.getAlarm();
    if (at !== Infinity && (alarmAt === null || alarmAt > at)) await this.ctx.storage.setAlarm(at);
  }
}
