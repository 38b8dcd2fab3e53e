import type { ApiServer } from "./api-server.ts";
import { type CliResult, runArgs, type RunOptions } from "./run-args.ts";

/** The same as {@link runArgs} against a server that plays the API. */
export function runCli(
  { url }: Pick<ApiServer, "url">,
  args: readonly string[],
  { env, ...options }: RunOptions = {},
): Promise<CliResult> {
  return runArgs(args, {
    ...options,
    env: { TACHOGRAPH_URL: url, TACHOGRAPH_TOKEN: "t-1", ...env },
  });
}
