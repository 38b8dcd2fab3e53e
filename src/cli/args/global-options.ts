import { TOKEN_PATTERN } from "../../token-pattern.ts";
import type { CliIo } from "../cli-io.ts";
import { usageError } from "../usage-error.ts";

/** Where `npm start` listens if it is not told otherwise. */
export const DEFAULT_URL = "http://127.0.0.1:8787";

/** Of `.dev.vars.example`: public, and good for everything on the machine of who develops. */
export const DEVELOPMENT_TOKEN = "dev-admin";

/** Where the token came from. */
export type TokenSource = "--token" | "TACHOGRAPH_TOKEN" | "development" | "none";

/** The options that every command has, as they are after the environment was looked at. */
export interface GlobalOptions {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string | undefined;
  readonly tokenSource: TokenSource;
  readonly isJson: boolean;
  readonly isVerbose: boolean;
  /** How long one request may take, in milliseconds. */
  readonly timeoutMs: number;
  /** The same if it was given. */
  readonly givenTimeoutMs: number | undefined;
}

/** The same as they were given. */
export interface GivenOptions {
  readonly url?: string;
  readonly token?: string;
  readonly json?: boolean;
  readonly color?: boolean;
  readonly timeout?: number;
  readonly verbose?: boolean;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/** @throws CliError of the code for a wrong command line. */
export function globalOptions(given: GivenOptions, env: CliIo["env"]): GlobalOptions {
  const url = readUrl(given, env);
  const { token, tokenSource } = readToken(given, env, url);
  return {
    url: url.href.replace(/\/+$/, ""),
    token,
    tokenSource,
    isJson: given.json ?? false,
    isVerbose: given.verbose ?? false,
    timeoutMs: given.timeout ?? DEFAULT_TIMEOUT_MS,
    givenTimeoutMs: given.timeout,
  };
}

function readUrl(given: GivenOptions, env: CliIo["env"]): URL {
  const fromEnv = env["TACHOGRAPH_URL"] === "" ? undefined : env["TACHOGRAPH_URL"];
  const source = given.url === undefined ? "TACHOGRAPH_URL" : "--url";
  const text = given.url ?? fromEnv ?? DEFAULT_URL;
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null || url.search !== "" || url.hash !== "") {
    // Not repeated: somebody may have put a key into it.
    throw usageError(`${source} must be the address of a Tachograph, as ${DEFAULT_URL}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw usageError(
      `${source} must have no user in it: give the token by TACHOGRAPH_TOKEN or --token`,
    );
  }
  return url;
}

function readToken(
  given: GivenOptions,
  env: CliIo["env"],
  url: URL,
): Pick<GlobalOptions, "token" | "tokenSource"> {
  const fromEnv = env["TACHOGRAPH_TOKEN"] === "" ? undefined : env["TACHOGRAPH_TOKEN"];
  const token = given.token ?? fromEnv;
  if (token === undefined) {
    return isLoopback(url)
      ? { token: DEVELOPMENT_TOKEN, tokenSource: "development" }
      : { token: undefined, tokenSource: "none" };
  }
  const tokenSource = given.token === undefined ? "TACHOGRAPH_TOKEN" : "--token";
  if (!TOKEN_PATTERN.test(token)) {
    throw usageError(`${tokenSource} must be 1 to 256 of A-Z a-z 0-9 . _ ~ + -`);
  }
  return { token, tokenSource };
}

/** Whether an address is on this machine. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(hostname);
}
