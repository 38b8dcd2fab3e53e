import { Log, LogLevel } from "miniflare";
import { tell } from "./tell.ts";

/** Miniflare's own warnings, told on stderr: its `Log` writes to the console, which is stdout. */
class ToldLog extends Log {
  constructor() {
    super(LogLevel.WARN);
  }

  override log(message: string): void {
    tell(message);
  }
}

/** Has Miniflare, and the Workers in it, write nothing on stdout and nothing across the progress. */
export const MINIFLARE_LOGS = {
  log: new ToldLog(),
  handleStructuredLogs: ({ message }: { readonly message: string }): void => tell(message),
};
