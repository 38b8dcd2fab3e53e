import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { answersHttp } from "../lib/server-process.ts";
import type { MissingPeer, Peer } from "./peer.ts";
import { startPeer } from "./start-peer.ts";

/**
 * Prometheus that scrapes one target, as it is by default but for the loopback address and how often.
 * @param scraped the target's host and port.
 */
export function startPrometheus(
  scraped: string,
  scrapeSeconds: number,
): Promise<Peer | MissingPeer> {
  return startPeer({
    name: "Prometheus",
    command: "prometheus",
    debianPackage: "prometheus",
    args: (port, directory) => {
      const file = join(directory, "prometheus.yml");
      writeFileSync(file, configuration(scraped, scrapeSeconds));
      return [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(directory, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=error",
      ];
    },
    answers: (port) => answersHttp(`http://127.0.0.1:${port}/-/ready`),
  });
}

function configuration(scraped: string, scrapeSeconds: number): string {
  return `global:
  scrape_interval: ${scrapeSeconds}s
scrape_configs:
  - job_name: bench
    static_configs:
      - targets: ["${scraped}"]
`;
}
