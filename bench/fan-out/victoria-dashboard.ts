import type { Peer } from "../peers/peer.ts";

const TARGETS = ["meta", "google", "tiktok", "pinterest", "reddit"] as const;
const BOUNDS_SECONDS = [
  0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1, 2,
  5,
] as const;
/** Of what the traffic of the others brings a second. */
const TIMINGS_PER_SECOND = 200;
const HISTORY_SECONDS = 90;
const STEP_MS = 1_000;

const QUANTILES =
  'histogram_quantiles("phi", 0.5, 0.95, 0.99, sum(rate(duration_seconds_bucket[1m])) by (target, le))';

/** What a panel with p50, p95 and p99 of the five targets asks for. */
export function panelUrl({ url }: Peer): string {
  return `${url}/api/v1/query?query=${encodeURIComponent(QUANTILES)}`;
}

/** Histograms of five targets that grow, a sample of each series a second. */
export class VictoriaFeed {
  readonly #url: string;
  #seconds = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #failure: unknown;

  constructor({ url }: Peer) {
    this.#url = `${url}/api/v1/import/prometheus`;
  }

  /** Writes a minute and a half of the past, then a sample a second. */
  async start(): Promise<void> {
    const nowMs = Date.now();
    const lines: string[] = [];
    for (let i = HISTORY_SECONDS; i > 0; i--) lines.push(this.#sample(nowMs - i * STEP_MS));
    await this.#write(lines.join(""));
    this.#timer = setInterval(() => {
      this.#write(this.#sample(Date.now())).catch((cause: unknown) => {
        this.#failure ??= cause;
      });
    }, STEP_MS);
  }

  /** To call it again does no harm. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** @throws if something could not be written so far: what was asked then lacks it. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #sample(atMs: number): string {
    this.#seconds += 1;
    const total = this.#seconds * TIMINGS_PER_SECOND;
    const line = (target: string, bound: number | "+Inf", share: number): string =>
      `duration_seconds_bucket{target="${target}",le="${bound}"} ${Math.floor(total * share)} ${atMs}\n`;
    return TARGETS.map((target, i) => {
      // Durations with a mean of their own for each target.
      const buckets = BOUNDS_SECONDS.map((bound) =>
        line(target, bound, 1 - Math.exp(-bound / (0.08 + i * 0.04))),
      );
      return `${buckets.join("")}${line(target, "+Inf", 1)}`;
    }).join("");
  }

  async #write(body: string): Promise<void> {
    const response = await fetch(this.#url, { method: "POST", body });
    if (!response.ok) throw new Error(`VictoriaMetrics answered ${response.status}`);
  }
}

/** @throws if a panel has not three quantiles of each target. */
export async function checkPanel(peer: Peer): Promise<void> {
  const response = await fetch(panelUrl(peer));
  const { data } = await response.json<{ data?: { result?: readonly unknown[] } }>();
  const found = data?.result?.length ?? 0;
  const wanted = TARGETS.length * 3;
  if (found !== wanted) throw new Error(`VictoriaMetrics shows ${found} of ${wanted} quantiles`);
}
