import type { Command } from "commander";
import type { AlertView } from "../../alerts/alert-view.ts";
import { alertFinding, alertMarks, alertSubject, severityStyle } from "../alerts/alert-text.ts";
import { ALERTS, SYSTEM_LIVE, type SystemAnswer } from "../api/live-shapes.ts";
import { examples } from "../args/examples.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";
import { statusStyle } from "../output/colour.ts";
import { formatCount, formatDuration, formatScore, formatTime } from "../output/format.ts";
import { safeText } from "../output/safe-text.ts";
import type { Cell } from "../output/table.ts";
import type { CliSession, Perform } from "../session.ts";
import { pillarRows } from "../status/pillar-text.ts";

/** Older than this it is said that what is shown is not of now. */
const STALE_MS = 10_000;

/** Most alerts on the screen. */
const MAX_ALERTS = 10;

/** `tachograph status` */
export function addStatus(program: Command, perform: Perform): void {
  program
    .command("status")
    .summary("is all well? exits 0, 1, 2 or 3")
    .description(
      "Prints how the whole system is: status, score, pillars, coverage, freshness, and the\n" +
        "alerts that fire. It exits with 0 if it is HEALTHY or has no data yet, 1 for WARNING,\n" +
        "2 for CRITICAL, and 3 if that cannot be told: nothing answers, or the token is refused.",
    )
    .addHelpText(
      "after",
      examples([
        "tachograph status",
        "tachograph status --json | jq .pillars.latency.grade",
        "tachograph status --url https://tacho.example.com || echo 'not well'",
      ]),
    )
    .action(() => perform(showStatus));
}

async function showStatus(session: CliSession): Promise<number> {
  const { api, options, printer } = session;
  try {
    const [live, { alerts }] = await Promise.all([
      api.read("/v1/live", SYSTEM_LIVE, { query: { window: "1m" } }),
      api.read("/v1/alerts", ALERTS, { query: { state: "firing" } }),
    ]);
    const exitCode = exitCodeOf(live);
    if (options.isJson) printer.json(asJson(live, alerts, exitCode, options.url));
    else print(live, alerts, session);
    return exitCode;
  } catch (cause) {
    if (!(cause instanceof CliError)) throw cause;
    // A script that reads stdout is told, too; and whatever it was, it says nothing of the system.
    const { message, hint, faults } = cause;
    const exitCode = EXIT.unreachable;
    const { url } = options;
    if (options.isJson) printer.json({ status: "UNREACHABLE", exitCode, url, error: message });
    throw new CliError(message, { exitCode, hint, faults, cause });
  }
}

function exitCodeOf({ status, coverage }: SystemAnswer): number {
  switch (status) {
    case "HEALTHY":
      return EXIT.ok;
    case "WARNING":
      return EXIT.warning;
    case "CRITICAL":
      return EXIT.critical;
    case "UNKNOWN":
      // Where no shard answers there may be data, and nobody knows which.
      return coverage.shards > 0 && coverage.answered === 0 ? EXIT.unreachable : EXIT.ok;
  }
}

function asJson(
  live: SystemAnswer,
  alerts: readonly AlertView[],
  exitCode: number,
  url: string,
): object {
  const { tenant, status, score, at, staleMs, coverage, pillars, ledger } = live;
  return { status, score, exitCode, url, tenant, at, staleMs, coverage, pillars, alerts, ledger };
}

function print(live: SystemAnswer, alerts: readonly AlertView[], session: CliSession): void {
  const { printer, options } = session;
  const { status, score, tenant, pillars } = live;
  const { paint } = printer;
  const word = paint(statusStyle(status), status);
  printer.line(`${word}  score ${formatScore(score)}  ${safeText(tenant)} at ${options.url}`);
  if (status === "UNKNOWN") printer.line(noData(live));
  printer.line();
  if (pillars !== undefined) {
    printer.table(
      [{ title: "pillar" }, { title: "grade" }, { title: "score", align: "right" }, WHAT],
      pillarRows(pillars),
    );
    printer.line();
  }
  printer.fields([
    ["coverage", coverageCell(live)],
    ["freshness", freshnessCell(live)],
    ["ledger", ledgerCell(live)],
    ["alerts", alerts.length === 0 ? "none fires" : `${formatCount(alerts.length)} firing`],
  ]);
  if (alerts.length > 0) printAlerts(alerts, session);
}

const WHAT = { title: "what", isFlexible: true } as const;

function printAlerts(alerts: readonly AlertView[], { printer }: CliSession): void {
  printer.line();
  const rows = alerts
    .slice(0, MAX_ALERTS)
    .map((alert): Cell[] => [
      { text: alert.severity, style: severityStyle(alert) },
      alert.rule,
      alertSubject(alert),
      formatTime(alert.firedAt),
      alertFinding(alert),
      alertMarks(alert),
    ]);
  const columns = [
    { title: "severity", rank: 2 },
    { title: "rule", isFlexible: true },
    { title: "target", isFlexible: true },
    { title: "since", rank: 3 },
    { title: "found", isFlexible: true, rank: 1 },
    { title: "", isFlexible: true, rank: 4 },
  ];
  printer.table(columns, rows);
  const more = alerts.length - rows.length;
  if (more > 0) printer.line(`and ${formatCount(more)} more: tachograph alerts`);
}

function noData({ coverage }: SystemAnswer): string {
  return coverage.shards > 0 && coverage.answered === 0
    ? "No shard answers, so nothing is known."
    : "No data yet: send it timings (tachograph send --help), or start traffic with `npm start`.";
}

function coverageCell({ coverage }: SystemAnswer): Cell {
  const { shards, answered, missing } = coverage;
  const text = `${formatCount(answered)} of ${formatCount(shards)} shards`;
  if (answered === shards) return text;
  return { text: `${text}; missing: ${missing.join(", ")}`, style: "yellow" };
}

function freshnessCell({ staleMs }: SystemAnswer): Cell {
  const text = formatDuration(staleMs);
  return staleMs > STALE_MS ? { text: `${text}: not of now`, style: "yellow" } : text;
}

function ledgerCell({ ledger }: SystemAnswer): Cell {
  const { merged, pending, isBalanced } = ledger;
  const text = `${formatCount(merged)} merged, ${formatCount(pending)} pending`;
  if (isBalanced) return `${text}, balanced`;
  return { text: `${text}: the books do not add up`, style: "red" };
}
