import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Histogram, Registry } from "prom-client";
import { notePackage } from "../lib/machine.ts";
import { isMissing, type MissingPeer } from "../peers/peer.ts";
import { startPrometheus } from "../peers/prometheus.ts";
import type { Pace } from "./at-random.ts";
import { Arrivals } from "./arrivals.ts";
import { measurePolled } from "./polled.ts";
import { sumOf } from "./prometheus-answer.ts";

/** So often it is scraped here: what comes after the scrape does not depend on it. */
export const SCRAPE_SECONDS = 1;

/** What was measured of calls that Prometheus scrapes from prom-client. */
export interface Scraped {
  readonly delaysMs: readonly number[];
  /** The part of it from the scrape on. */
  readonly afterScrapeMs: readonly number[];
}

/** prom-client counts calls, a real Prometheus scrapes it every second, and is asked. */
export async function measureScraped(pace: Pace): Promise<Scraped | MissingPeer> {
  const registry = new Registry();
  const histogram = new Histogram({
    name: "timing_seconds",
    help: "How long calls took.",
    labelNames: ["target", "operation"],
    registers: [registry],
  });
  const scrapes = new Arrivals();
  let observed = 0;
  const server = await listen(async () => {
    scrapes.note(observed, Date.now());
    return registry.metrics();
  });
  const { port } = server.address() as AddressInfo;
  const peer = await startPrometheus(`127.0.0.1:${port}`, SCRAPE_SECONDS);
  try {
    if (isMissing(peer)) return peer;
    notePackage("prom-client");
    const query = `${peer.url}/api/v1/query?query=sum(timing_seconds_count)`;
    const { endedAt, delaysMs } = await measurePolled(
      {
        tell() {
          histogram.observe({ target: "meta", operation: "events" }, 0.02);
          observed += 1;
          return Promise.resolve();
        },
        count: () => sumOf(query),
      },
      pace,
    );
    const toScrapeMs = scrapes.delaysMs(endedAt, observed - endedAt.length);
    const afterScrapeMs = delaysMs.map((delayMs, i) => delayMs - (toScrapeMs[i] ?? 0));
    return { delaysMs, afterScrapeMs };
  } finally {
    if (!isMissing(peer)) await peer.stop();
    server.closeAllConnections();
    server.close();
  }
}

function listen(page: () => Promise<string>): Promise<Server> {
  const server = createServer((_, response) => {
    page().then(
      (text) => response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(text),
      (cause: unknown) => response.writeHead(500).end(String(cause)),
    );
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
