import type { IngestDriverResult } from "../workers/ingest-driver.ts";
import { CONNECTIONS, type Sender, type SentTimings } from "./sender.ts";

/** Has timings reported by a Worker in the same workerd, over the service binding. */
export class DriverSender implements Sender {
  readonly encoding = "columns by RPC";
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  send(size: number, durationMs: number): Promise<SentTimings> {
    return this.#drive(`/rate?size=${size}&ms=${durationMs}`);
  }

  async store(requests: number, size: number, spreadMs: number): Promise<void> {
    await this.#drive(`/store?size=${size}&calls=${requests}&spreadMs=${spreadMs}`);
  }

  async #drive(path: string): Promise<IngestDriverResult> {
    const response = await fetch(`${this.#url}${path}&callers=${CONNECTIONS}`);
    if (!response.ok) throw new Error(`the driver answered ${response.status}`);
    return response.json<IngestDriverResult>();
  }
}
