/** Everybody is sent timings by so many at once, each one request after the other. */
export const CONNECTIONS = 16;

/** What a stretch of sending came to. */
export interface SentTimings {
  readonly timings: number;
  readonly elapsedMs: number;
}

/** Brings timings to a server in its way. */
export interface Sender {
  /** As it is called in the tables. */
  readonly encoding: string;
  /** Sends requests of so many timings for so long. Throws if one is not taken. */
  send(size: number, durationMs: number): Promise<SentTimings>;
  /** Sends so many requests of distinct timings, spread over the time before now. */
  store(requests: number, size: number, spreadMs: number): Promise<void>;
}
