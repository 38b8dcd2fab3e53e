import { type Command, Option } from "commander";
import { examples } from "../args/examples.ts";
import { integerFrom } from "../args/parse-number.ts";
import { addTargets } from "../args/target-option.ts";
import { EXIT } from "../exit-code.ts";
import { safeJson } from "../output/safe-text.ts";
import type { CliSession, Perform } from "../session.ts";
import { changedAlerts, changeLines } from "../stream/change-lines.ts";
import { type FeedEvent, LiveFeed } from "../stream/live-feed.ts";
import { LiveNotes } from "../stream/live-notes.ts";
import { usageError } from "../usage-error.ts";

interface TailOptions {
  readonly targets?: readonly string[];
  readonly operations?: boolean;
  readonly alertsOnly?: boolean;
  /** Lines after which it ends. */
  readonly limit?: number;
}

const MAX_LIMIT = 1_000_000_000;

/** `tachograph tail` */
export function addTail(program: Command, perform: Perform): void {
  const command = program
    .command("tail")
    .summary("every change as a line, until Ctrl-C")
    .description(
      "Follows the live stream and prints a line for each change: of the status, of a target, of a\n" +
        "limit, of an alert. With --json it prints the frames themselves, one on a line. When the\n" +
        "connection breaks it says so on stderr, and goes on where it left off.",
    )
    .option("--operations", "operations, too, and not whole targets alone")
    .option("--alerts-only", "changes of alerts, and nothing else")
    .addOption(
      new Option("--limit <n>", "end after so many lines").argParser(integerFrom(1, MAX_LIMIT)),
    )
    .addHelpText(
      "after",
      examples([
        "tachograph tail",
        "tachograph tail --alerts-only",
        "tachograph tail --json --targets meta | jq -c '.series[]?.windows[\"1m\"].p95Ms'",
        "tachograph tail --limit 1 --json > frame.json",
      ]),
    )
    .action((options: TailOptions) => perform((session) => tail(session, options)));
  addTargets(command, "only these");
}

async function tail(
  { api, io, options, printer }: CliSession,
  given: TailOptions,
): Promise<number> {
  const { targets, operations = false, alertsOnly = false, limit = Infinity } = given;
  if (options.isJson && operations) {
    throw usageError("--operations is of lines: the frames of --json have every operation");
  }
  const wanted = { hasOperations: operations, isAlertsOnly: alertsOnly };
  const feed = new LiveFeed({ api, targets, signal: io.signal, pause: io.pause });
  const notes = new LiveNotes(printer);
  let left = limit;
  for await (const event of feed.events()) {
    notes.hear(event);
    if (event.kind !== "frame") continue;
    const lines = options.isJson
      ? jsonLines(event, alertsOnly)
      : changeLines(event, wanted, printer.paint);
    for (const line of lines.slice(0, left)) printer.line(line);
    left -= lines.length;
    if (left <= 0) return EXIT.ok;
    await printer.flushed();
  }
  return EXIT.ok;
}

type FrameEvent = Extract<FeedEvent, { kind: "frame" }>;

function jsonLines(event: FrameEvent, isAlertsOnly: boolean): string[] {
  const { frame } = event;
  if (!isAlertsOnly) return [safeJson(frame)];
  const { epoch, seq } = frame;
  return changedAlerts(event).map((alert) => safeJson({ ...alert, type: "alert", epoch, seq }));
}
