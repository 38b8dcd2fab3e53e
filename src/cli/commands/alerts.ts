import type { Command } from "commander";
import type { AlertView } from "../../alerts/alert-view.ts";
import { actor } from "../alerts/actor.ts";
import {
  alertFinding,
  alertMarks,
  alertStateStyle,
  alertSubject,
  severityStyle,
} from "../alerts/alert-text.ts";
import { ALERT, ALERTS } from "../api/live-shapes.ts";
import { examples } from "../args/examples.ts";
import { addTimeRange, type TimeRangeOptions, timeRangeOf } from "../args/time-range.ts";
import { CliError } from "../cli-error.ts";
import type { CliIo } from "../cli-io.ts";
import { EXIT } from "../exit-code.ts";
import { formatTime } from "../output/format.ts";
import { safeText } from "../output/safe-text.ts";
import type { CliSession, Perform } from "../session.ts";
import { addSilence } from "./silence.ts";

interface AlertsOptions extends TimeRangeOptions {
  readonly history?: boolean;
  readonly ack?: string;
  readonly by?: string;
}

/** How far back `--history` looks if nothing else is said. */
const DEFAULT_RANGE = "24h";

/** `tachograph alerts` and what is below it. */
export function addAlerts(program: Command, perform: Perform, io: CliIo): void {
  const command = program
    .command("alerts")
    .summary("alerts of now or of before; acknowledge, silence")
    .description(
      "Prints the alerts that have not ended, those that fire first; with --history those that\n" +
        "fired in a range of time; with --ack it takes one on. It exits with 0 whatever there is:\n" +
        "for a script that wants to know whether all is well there is `tachograph status`.",
    )
    .option("--history", "those that fired within a range of time")
    .option("--ack <id>", "take this one on: nobody is reminded of it any more")
    .option("--by <name>", "who does (default: your name on this machine)")
    .addHelpText(
      "after",
      examples([
        "tachograph alerts",
        "tachograph alerts --history --last 7d",
        "tachograph alerts --history --from 2026-11-20 --to 2026-11-21 --json",
        "tachograph alerts --ack ID --by ana",
        "tachograph alerts silence --target meta --for 2h --why 'they told us'",
      ]),
    )
    .action((options: AlertsOptions) => perform((session) => showAlerts(session, options)));
  addTimeRange(command, io, DEFAULT_RANGE);
  addSilence(command, perform);
}

async function showAlerts(session: CliSession, given: AlertsOptions): Promise<number> {
  checkOptions(given);
  if (given.ack !== undefined) return acknowledge(session, given.ack, actor(given.by));
  const { api, options, printer } = session;
  const answer =
    given.history === true
      ? await api.read("/v1/alerts/history", ALERTS, { query: historyQuery(session, given) })
      : await api.read("/v1/alerts", ALERTS);
  if (options.isJson) printer.json(answer);
  else print(answer.alerts, given.history === true, session);
  if (answer.truncated === true) {
    printer.warn(`only the newest ${answer.alerts.length}: there are more; give a shorter range`);
  }
  if ((answer.unreadable ?? 0) > 0) {
    printer.warn(`${answer.unreadable} stored alerts cannot be read by this version of the server`);
  }
  return EXIT.ok;
}

/** Options that would be left out without a word are refused. */
function checkOptions({ history, ack, by, from, to, last }: AlertsOptions): void {
  const hasRange = from !== undefined || to !== undefined || last !== undefined;
  const wrong =
    ack !== undefined && (history === true || hasRange)
      ? "--ack goes with --by alone"
      : hasRange && history !== true
        ? "--from, --to and --last are of --history: give that, too"
        : by !== undefined && ack === undefined
          ? "--by is of --ack: say which alert is taken on"
          : undefined;
  if (wrong !== undefined) throw new CliError(wrong, { exitCode: EXIT.usage });
}

function historyQuery({ io }: CliSession, given: AlertsOptions): Record<string, number> {
  const { from, to } = timeRangeOf(given, io.nowMs(), DEFAULT_RANGE);
  return { from, to };
}

async function acknowledge(session: CliSession, id: string, by: string): Promise<number> {
  const { api, options, printer } = session;
  const path = `/v1/alerts/${encodeURIComponent(id)}/acknowledge`;
  const alert = await api.read(path, ALERT, { method: "POST", json: { by } });
  if (options.isJson) printer.json(alert);
  else printer.line(`acknowledged by ${safeText(by)}: ${safeText(alert.summary)}`);
  return EXIT.ok;
}

function print(alerts: readonly AlertView[], isHistory: boolean, { printer }: CliSession): void {
  if (alerts.length === 0) {
    printer.line(isHistory ? "No alert fired in that time." : "No alert is pending or fires.");
    return;
  }
  printer.table(
    [
      { title: "state" },
      { title: "severity", rank: 2 },
      { title: "rule", isFlexible: true },
      { title: "target", isFlexible: true },
      { title: "since", rank: 3 },
      ...(isHistory ? [{ title: "ended", rank: 4 }] : []),
      { title: "found", isFlexible: true, rank: 1 },
      { title: "", isFlexible: true, rank: 5 },
    ],
    alerts.map((alert) => [
      { text: alert.state, style: alertStateStyle(alert) },
      { text: alert.severity, style: severityStyle(alert) },
      alert.rule,
      alertSubject(alert),
      formatTime(alert.firedAt ?? alert.since),
      ...(isHistory ? [formatTime(alert.resolvedAt)] : []),
      alertFinding(alert),
      alertMarks(alert),
    ]),
  );
  if (isHistory) return;
  for (const { id, state, rule, summary, action } of alerts) {
    printer.line();
    printer.line(`${printer.paint("bold", safeText(rule))}: ${safeText(summary)}`);
    if (state === "firing") printer.line(`  ${safeText(action)}`);
    // Not in the table, which is cut off at the edge of a narrow terminal: `--ack` needs all of it.
    printer.line(`  id ${safeText(id)}`);
  }
}
