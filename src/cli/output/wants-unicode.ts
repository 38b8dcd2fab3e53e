import type { CliIo, OutStream } from "../cli-io.ts";

/**
 * Whether a stream is drawn on with blocks: a terminal whose locale is UTF-8. What goes into a pipe is
 * read by programs, and stays ASCII.
 */
export function wantsUnicode(stream: OutStream, env: CliIo["env"]): boolean {
  if (stream.isTTY !== true || env["TERM"] === "dumb") return false;
  if (env["WT_SESSION"] !== undefined) return true;
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((text) => text) ?? "";
  return /utf-?8/i.test(locale);
}
