import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { freePort } from "../../scripts/lib/free-port.ts";

const PROMETHEUS_DIR = join(import.meta.dirname, "../../prometheus");
const READY_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 10_000;

/** Why there is no Prometheus here, or undefined if there is one. */
export const noPrometheus = whyNot();
if (noPrometheus !== undefined) console.log(`skipped: Prometheus: ${noPrometheus}`);

function whyNot(): string | undefined {
  const { error, stdout, stderr } = spawnSync("prometheus", ["--version"], { encoding: "utf8" });
  if (error !== undefined) return "it is not installed (Debian: prometheus)";
  const [, major = "0", minor = "0"] = /version (\d+)\.(\d+)/.exec(`${stdout}${stderr}`) ?? [];
  const isNew = Number(major) > 2 || (major === "2" && Number(minor) >= 42);
  return isNew ? undefined : `it is ${major}.${minor}, and keep_firing_for comes with 2.42`;
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly object[] }[];
}

interface ScrapeFile {
  readonly scrape_configs: readonly { readonly static_configs: readonly object[] }[];
}

/** A series of an answer: its labels, and times in seconds with values as text. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [at: number, value: string])[];
}

interface PrometheusOptions {
  /** Where the Tachograph is: `127.0.0.1:20000`. */
  readonly host: string;
  /** Of scope read. */
  readonly token: string;
  /** `--enable-feature`. */
  readonly features: readonly string[];
}

/**
 * A real Prometheus, with the configuration and the rules of `prometheus/`; only where it scrapes, and
 * how often, is different. Its data is in a directory that is gone afterwards.
 */
export class PrometheusServer {
  readonly url: string;
  readonly #directory: string;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #hasEnded = false;

  private constructor(port: number, directory: string, features: readonly string[]) {
    this.url = `http://127.0.0.1:${port}`;
    this.#directory = directory;
    this.#child = spawn(
      "prometheus",
      [
        `--config.file=${join(directory, "scrape.json")}`,
        `--storage.tsdb.path=${join(directory, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=warn",
        ...(features.length === 0 ? [] : [`--enable-feature=${features.join(",")}`]),
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child.once("exit", () => (this.#hasEnded = true));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => this.#lines.push(text));
    }
  }

  /** Resolves when it answers. */
  static async start(options: PrometheusOptions): Promise<PrometheusServer> {
    const directory = mkdtempSync(join(tmpdir(), "tachograph-prometheus-"));
    mkdirSync(join(directory, "data"));
    configure(directory, options);
    const server = new PrometheusServer(await freePort(65_536), directory, options.features);
    try {
      await server.#ready();
      return server;
    } catch (error) {
      await server.dispose();
      throw error;
    }
  }

  /** What it printed: warnings and errors only. */
  get log(): string {
    return this.#lines.join("");
  }

  /** The newest values of an expression, with their labels. */
  async query(expr: string): Promise<readonly { metric: Series["metric"]; value: number }[]> {
    const { result } = await this.#get<{
      result: readonly { metric: Series["metric"]; value?: readonly [number, string] }[];
    }>("query", { query: expr });
    return result.map(({ metric, value }) => ({ metric, value: Number(value?.[1]) }));
  }

  /** The newest value of an expression of one series, or undefined for none. */
  async value(expr: string): Promise<number | undefined> {
    const [first, second] = await this.query(expr);
    if (second !== undefined) throw new Error(`${expr} has several values`);
    return first?.value;
  }

  /** Values by the second. */
  async range(expr: string, fromMs: number, toMs: number): Promise<readonly Series[]> {
    const range = { start: String(fromMs / 1_000), end: String(toMs / 1_000), step: "1" };
    const { result } = await this.#get<{ result: readonly Series[] }>("query_range", {
      query: expr,
      ...range,
    });
    return result;
  }

  /** Every rule, with how it stands. */
  async rules(): Promise<
    readonly { name: string; health: string; lastError?: string; evaluationTime: number }[]
  > {
    const { groups } = await this.#get<{
      groups: readonly {
        rules: readonly {
          name: string;
          health: string;
          lastError?: string;
          evaluationTime: number;
        }[];
      }[];
    }>("rules", {});
    return groups.flatMap(({ rules }) => rules);
  }

  /** The traces of single calls. */
  async exemplars(expr: string, fromMs: number, toMs: number): Promise<readonly string[]> {
    const data = await this.#get<
      readonly { exemplars: readonly { labels: Readonly<Record<string, string>> }[] }[]
    >("query_exemplars", {
      query: expr,
      start: String(fromMs / 1_000),
      end: String(toMs / 1_000),
    });
    return data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels["trace_id"] ?? ""));
  }

  /** Ends it, and deletes its data. */
  async dispose(): Promise<void> {
    if (!this.#hasEnded) {
      this.#child.kill("SIGTERM");
      for (const deadline = Date.now() + STOP_TIMEOUT_MS; !this.#hasEnded; await sleep(20)) {
        if (Date.now() > deadline) this.#child.kill("SIGKILL");
      }
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    for (const deadline = Date.now() + READY_TIMEOUT_MS; ; await sleep(50)) {
      const isReady = await fetch(`${this.url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return;
      if (this.#hasEnded || Date.now() > deadline)
        throw new Error(`Prometheus is not ready; it printed:\n${this.log}`);
    }
  }

  async #get<Data>(path: string, parameters: Readonly<Record<string, string>>): Promise<Data> {
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      method: path === "rules" ? "GET" : "POST",
      ...(path === "rules" ? {} : { body: new URLSearchParams(parameters) }),
    });
    const answer = (await response.json()) as { status: string; error?: string; data: Data };
    if (answer.status === "success") return answer.data;
    throw new Error(`${JSON.stringify(parameters)}: ${answer.error}`);
  }
}

/** The committed files, on this host and by the second. JSON is YAML. */
function configure(directory: string, { host, token }: PrometheusOptions): void {
  const read = (name: string): unknown => parse(readFileSync(join(PROMETHEUS_DIR, name), "utf8"));
  const write = (name: string, content: unknown): void =>
    writeFileSync(join(directory, name), JSON.stringify(content));
  for (const name of ["recording-rules", "alerting-rules"]) {
    const { groups } = read(`${name}.yml`) as RuleFile;
    write(`${name}.json`, { groups: groups.map((group) => ({ ...group, interval: "2s" })) });
  }
  const file = read("scrape.yml") as ScrapeFile;
  write("scrape.json", {
    ...file,
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "2s" },
    rule_files: ["recording-rules.json", "alerting-rules.json"],
    scrape_configs: file.scrape_configs.map((job) => ({
      ...job,
      scheme: "http",
      static_configs: job.static_configs.map((one) => ({ ...one, targets: [host] })),
    })),
  });
  writeFileSync(join(directory, "tachograph-token"), token);
}
