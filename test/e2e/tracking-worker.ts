import { call, type Answer, type CallOptions } from "./api.ts";

/** What became of an event at one platform, as `POST /track` tells. */
export interface Delivery {
  readonly outcome: string;
  readonly deferredUntil?: number;
  readonly job?: string;
}

export interface JobStatus {
  readonly id: string;
  readonly platform: string;
  readonly state: "queued" | "deferred" | "delivered" | "dead";
  readonly deferredUntil: number | null;
  readonly attempts: number;
  readonly createdAt: number;
  readonly deliveredAt: number | null;
  readonly lastError: string | null;
}

/** An event that a simulated platform accepted. */
export interface ReceivedEvent {
  readonly id: string | null;
  readonly at: number;
}

/** What a simulated platform counts, of `GET /control/{platform}`. */
export interface PlatformCounts {
  readonly admitted: number;
  readonly refused: number;
}

/** The example tracking Worker and the platforms behind it, as a user of its HTTP API sees them. */
export class TrackingWorker {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  call(path: string, options: CallOptions = {}): Promise<Answer> {
    return call(`${this.#url}${path}`, options);
  }

  /** Sends one event to one platform. */
  async track(platform: string, id: string, more: object = {}): Promise<Delivery> {
    const body = { event: "Purchase", id, value: 9.5, platforms: [platform], ...more };
    const answer: { platforms: Record<string, Delivery> } = await this.#json("/track", 202, {
      body: JSON.stringify(body),
    });
    const delivery = answer.platforms[platform];
    if (delivery === undefined) throw new Error(`no answer for ${platform}`);
    return delivery;
  }

  job(id: string): Promise<JobStatus> {
    return this.#json(`/api/jobs/${id}/status`, 200);
  }

  async deadJobs(): Promise<readonly JobStatus[]> {
    const { jobs } = await this.#json<{ jobs: JobStatus[] }>("/api/jobs/dead", 200);
    return jobs;
  }

  /** Changes how a simulated platform behaves. */
  async control(platform: string, settings: object): Promise<void> {
    const options = { method: "PATCH", body: JSON.stringify(settings) };
    await this.#json(`/control/${platform}`, 200, options);
  }

  counts(platform: string): Promise<PlatformCounts> {
    return this.#json(`/control/${platform}`, 200);
  }

  /** What a platform accepted, in order. */
  async received(platform: string): Promise<readonly ReceivedEvent[]> {
    const { events } = await this.#json<{ events: ReceivedEvent[] }>(
      `/control/${platform}/events`,
      200,
    );
    return events;
  }

  async #json<Body>(path: string, status: number, options: CallOptions = {}): Promise<Body> {
    const answer = await this.call(path, options);
    if (answer.status !== status) {
      throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    }
    return JSON.parse(answer.text) as Body;
  }
}
