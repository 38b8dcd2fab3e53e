import { parseArgs } from "node:util";
import { isPlatform, type Platform, PLATFORMS } from "../../examples/platforms/platform.ts";

/** What `npm run demo:outage` was asked for. */
export interface DemoOptions {
  /** Which of the simulated platforms breaks down. */
  readonly platform: Platform;
  /** The state directory of the run, as given to `npm start`. */
  readonly state: string;
  /** The longest that each message is waited for, milliseconds. */
  readonly patienceMs: number;
}

export type ParsedDemoOptions =
  | { readonly kind: "run"; readonly options: DemoOptions }
  | { readonly kind: "help" }
  | { readonly kind: "invalid"; readonly message: string };

/** Most seconds that a message may be waited for. */
const MAX_SECONDS = 3_600;

export const DEMO_HELP = `npm run demo:outage -- [options]

Breaks a simulated platform of the running npm start, waits for the alert, mends the platform and
waits for the message that it is over.

  --platform NAME  ${PLATFORMS.join(", ")} (default pinterest)
  --state DIR      the state directory of npm start (default .wrangler/state)
  --for SECONDS    the longest to wait for each message, 1 to ${MAX_SECONDS} (default 60)
  --help           this page
`;

/** Reads the command line of `npm run demo:outage`; what is wrong with it is said in `message`. */
export function parseDemoOptions(args: readonly string[]): ParsedDemoOptions {
  const parsed = parse(args);
  if (typeof parsed === "string") return invalid(parsed);
  if (parsed.help) return { kind: "help" };
  const { platform, state } = parsed;
  if (!isPlatform(platform)) {
    return invalid(`--platform must be one of ${PLATFORMS.join(", ")}, not "${platform}"`);
  }
  if (state === "") return invalid("--state must name a directory");
  const seconds = Number(parsed.for);
  if (!/^\d+$/.test(parsed.for) || seconds < 1 || seconds > MAX_SECONDS) {
    return invalid(
      `--for must be a whole number of seconds from 1 to ${MAX_SECONDS}, not "${parsed.for}"`,
    );
  }
  return { kind: "run", options: { platform, state, patienceMs: seconds * 1_000 } };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        platform: { type: "string", default: "pinterest" },
        state: { type: "string", default: ".wrangler/state" },
        for: { type: "string", default: "60" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function invalid(message: string): ParsedDemoOptions {
  return { kind: "invalid", message };
}
