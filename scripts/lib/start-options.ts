import { parseArgs } from "node:util";

/** What `npm start` was asked for. */
export interface StartOptions {
  /** The port that Tachograph listens on, 1–65535. */
  readonly port: number;
  /** The directory that keeps the local state across starts, as given. */
  readonly state: string;
  readonly traffic: boolean;
  /** Whether the example tracking Worker and the simulated platforms run beside Tachograph. */
  readonly examples: boolean;
  /** Events that the traffic generator sends, per second. */
  readonly ratePerSecond: number;
  /** Where alerts are sent; undefined for the receiver that comes with the run. */
  readonly webhook: string | undefined;
  /** The OTLP collector that totals are pushed to; undefined for what `.dev.vars` says. */
  readonly otlp: string | undefined;
}

export type ParsedStartOptions =
  | { readonly kind: "run"; readonly options: StartOptions }
  | { readonly kind: "help" }
  | { readonly kind: "invalid"; readonly message: string };

/** Most events per second that the traffic generator sends. */
export const MAX_RATE_PER_SECOND = 200;

/** As the Worker takes it. */
const MAX_URL_LENGTH = 4_096;

export const START_HELP = `npm start -- [options]

Runs Tachograph, the example tracking Worker and the simulated platforms on this machine.

  --port PORT    where Tachograph listens (default 8787)
  --state DIR    where the state is kept across starts (default .wrangler/state)
  --no-traffic   send no events
  --no-examples  start Tachograph alone, for a tracking Worker of your own; there is no traffic then
  --rate N       events a second that are sent, above 0 and at most ${MAX_RATE_PER_SECOND} (default 10)
  --webhook URL  send alerts there, as Standard Webhooks, and not to the receiver that comes with it;
                 signed with the environment's WEBHOOK_SECRET (whsec_…), or else with a made-up key
  --otlp URL     push every tenant's totals to the OpenTelemetry collector there, each minute;
                 /v1/metrics is appended (as http://127.0.0.1:4318)
  --help         this page
`;

/** Reads the command line of `npm start`; what is wrong with it is said in `message`. */
export function parseStartOptions(args: readonly string[]): ParsedStartOptions {
  const parsed = parse(args);
  if (typeof parsed === "string") return { kind: "invalid", message: parsed };
  if (parsed.help) return { kind: "help" };

  const port = Number(parsed.port);
  if (!/^\d+$/.test(parsed.port) || port < 1 || port > 65_535) {
    return invalid(`--port must be a whole number from 1 to 65535, not "${parsed.port}"`);
  }
  const ratePerSecond = Number(parsed.rate);
  if (parsed.rate.trim() === "" || !(ratePerSecond > 0 && ratePerSecond <= MAX_RATE_PER_SECOND)) {
    const range = `above 0 and at most ${MAX_RATE_PER_SECOND}`;
    return invalid(`--rate must be a number ${range}, not "${parsed.rate}"`);
  }
  if (parsed.state === "") return invalid("--state must name a directory");
  const { state, webhook, otlp } = parsed;
  for (const [option, url] of [
    ["--webhook", webhook],
    ["--otlp", otlp],
  ] as const) {
    if (url === undefined || isPlainUrl(url)) continue;
    return invalid(
      `${option} must be a URL that begins with http:// or https:// and has no user in it`,
    );
  }
  const examples = !parsed["no-examples"];
  const traffic = examples && !parsed["no-traffic"];
  return { kind: "run", options: { port, state, traffic, examples, ratePerSecond, webhook, otlp } };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string", default: "8787" },
        state: { type: "string", default: ".wrangler/state" },
        "no-traffic": { type: "boolean", default: false },
        "no-examples": { type: "boolean", default: false },
        rate: { type: "string", default: "10" },
        webhook: { type: "string" },
        otlp: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isPlainUrl(text: string): boolean {
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || text.length > MAX_URL_LENGTH) return false;
  const url = URL.parse(text);
  return url !== null && url.username === "" && url.password === "";
}

function invalid(message: string): ParsedStartOptions {
  return { kind: "invalid", message };
}
