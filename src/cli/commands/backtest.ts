import { stat, readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { TimeRange } from "../../merge/history.ts";
import { MINUTE_MS, startOf } from "../../merge/slot-time.ts";
import { nearestKey } from "../../nearest-key.ts";
import { alertStateStyle } from "../alerts/alert-text.ts";
import { BACKTEST, type BacktestAnswer, RULES } from "../api/backtest-shape.ts";
import { examples } from "../args/examples.ts";
import { addTimeRange, type TimeRangeOptions, timeRangeOf } from "../args/time-range.ts";
import { parseSettings, type RuleFields, withSettings } from "../backtest/rule-settings.ts";
import { timeline, timelineLegend } from "../backtest/timeline.ts";
import { CliError } from "../cli-error.ts";
import type { CliIo } from "../cli-io.ts";
import { EXIT } from "../exit-code.ts";
import { formatCount, formatMs, formatPercent, formatTime, NOTHING } from "../output/format.ts";
import { safeText } from "../output/safe-text.ts";
import { wantsUnicode } from "../output/wants-unicode.ts";
import type { CliSession, Perform } from "../session.ts";
import { usageError } from "../usage-error.ts";

interface BacktestOptions extends TimeRangeOptions {
  readonly file?: string;
  readonly set?: readonly string[];
}

const DEFAULT_LAST = "24h";

/** Cells of a timeline in a pipe, and the most there are. */
const MAX_WIDTH = 100;

/** Fewer cells say nothing; some terminals call themselves no columns wide. */
const MIN_WIDTH = 20;

/** Larger than any rule: the server takes 16 KiB. */
const MAX_FILE_BYTES = 65_536;

/** `tachograph backtest [RULE]` */
export function addBacktest(program: Command, perform: Perform, io: CliIo): void {
  const command = program
    .command("backtest")
    .summary("what a rule would have done over stored history")
    .description(
      "Runs a configured rule, or one of a file, over the stored minutes, and prints when it would " +
        "have fired. Minutes are kept for a week by default.",
    )
    .argument("[rule]", "the name of a configured rule")
    .option("--file <path>", "a rule as JSON, as GET /v1/rules shows them")
    .option("--set <name=value>", "change a field of the rule; may be repeated", collect)
    .addHelpText(
      "after",
      examples([
        "tachograph backtest platform-latency",
        "tachograph backtest platform-latency --last 7d --set thresholdMs=800 --set forMs=2m",
        "tachograph backtest --file rule.json --from 2026-11-20 --to 2026-11-21",
        "tachograph backtest platform-latency --json | jq .firings",
      ]),
    );
  addTimeRange(command, io, DEFAULT_LAST).action(
    (name: string | undefined, options: BacktestOptions) =>
      perform((session) => backtest(session, name, options)),
  );
}

async function backtest(
  session: CliSession,
  name: string | undefined,
  options: BacktestOptions,
): Promise<number> {
  const { io, printer } = session;
  const range = timeRangeOf(options, io.nowMs(), DEFAULT_LAST);
  const settings = parseSettings(options.set ?? []);
  if (!settings.ok) throw usageError(settings.problem);
  const base = await baseRule(session, name, options.file);
  const { rule, leftOut } = withSettings(base, settings.fields);
  if (leftOut !== undefined) {
    printer.note(`it recovers at the same threshold; --set ${leftOut}=… sets another`);
  }
  const answer = await tryRule(session, rule, range, options.from === undefined);
  if (session.options.isJson) printer.json(answer);
  else show(session, answer);
  return EXIT.ok;
}

/** @param isLast whether the range is the last while, and may begin a little later. */
async function tryRule(
  { api }: CliSession,
  rule: RuleFields,
  range: TimeRange,
  isLast: boolean,
): Promise<BacktestAnswer> {
  const ask = ({ from, to }: TimeRange): Promise<BacktestAnswer> =>
    api.read("/v1/rules/backtest", BACKTEST, { method: "POST", json: { rule, from, to } });
  try {
    return await ask(range);
  } catch (error) {
    // All that is kept is a little less by the time that it is asked for.
    const isTooEarly =
      error instanceof CliError &&
      error.status === 400 &&
      error.faults.some((fault) => fault.startsWith("/from "));
    const from = startOf(range.from, MINUTE_MS) + 2 * MINUTE_MS;
    if (!isTooEarly || !isLast || from >= range.to) throw error;
    // If that is refused, too, it is not for so little.
    return ask({ ...range, from }).catch(() => Promise.reject(error));
  }
}

async function baseRule(
  session: CliSession,
  name: string | undefined,
  file: string | undefined,
): Promise<RuleFields> {
  if ((name === undefined) === (file === undefined)) {
    throw usageError("give either the name of a configured rule or --file RULE.json");
  }
  return name === undefined ? readRule(file ?? "") : configuredRule(session, name);
}

async function configuredRule({ api }: CliSession, name: string): Promise<RuleFields> {
  const { rules } = await api.read("/v1/rules", RULES);
  const found = rules.find((rule) => rule["name"] === name);
  if (found !== undefined) return found;
  const names = rules.map((rule) => String(rule["name"]));
  const nearest = nearestKey(name, names);
  const guess = nearest === undefined ? "" : `: did you mean ${nearest}?`;
  throw new CliError(`no rule is called ${name}${guess}`, {
    exitCode: EXIT.usage,
    hint: `There are: ${names.join(", ")}.`,
  });
}

async function readRule(path: string): Promise<RuleFields> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) throw fileFault(path, `is larger than ${MAX_FILE_BYTES} bytes`);
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw fileFault(path, `cannot be read: ${cause instanceof Error ? cause.message : "?"}`);
  }
  let rule: unknown;
  try {
    rule = JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw fileFault(path, `is not JSON: ${cause.message}`);
  }
  if (isFields(rule)) return rule;
  throw fileFault(path, "must hold one rule, an object as GET /v1/rules shows them");
}

function isFields(value: unknown): value is RuleFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show({ io, printer }: CliSession, answer: BacktestAnswer): void {
  const { rule, from, to, series, transitions, firings, omitted, evaluations } = answer;
  const isUnicode = wantsUnicode(io.stdout, io.env);
  const times = firings === 1 ? "once" : `${formatCount(firings)} times`;
  printer.line(
    `${printer.paint("bold", safeText(String(rule["name"])))} would have fired ` +
      `${printer.paint(firings > 0 ? "red" : "green", times)}, on ${formatCount(series.length)} ` +
      `series in ${formatCount(evaluations)} minutes`,
  );
  if (series.length === 0) {
    printer.warn("no series with stored minutes is in the scope of this rule");
    return;
  }
  const width = Math.min(Math.max(printer.width ?? MAX_WIDTH, MIN_WIDTH), MAX_WIDTH);
  const [begin, end] = [formatTime(from), formatTime(to)];
  printer.line();
  printer.line(timeline(transitions, { from, to }, width, isUnicode));
  printer.line(`${begin}${end.padStart(Math.max(width - begin.length, end.length + 1))}`);
  printer.line(printer.paint("dim", timelineLegend(isUnicode)));
  if (transitions.length > 0) printer.line();
  if (transitions.length > 0) showTransitions(printer, answer);
  if (omitted > 0) {
    const shown = formatCount(transitions.length);
    printer.warn(
      `${formatCount(omitted)} changes after the first ${shown} are not shown, nor drawn`,
    );
  }
}

function showTransitions(
  printer: CliSession["printer"],
  { rule, transitions }: BacktestAnswer,
): void {
  printer.table(
    [
      { title: "AT", rank: 1 },
      { title: "TARGET", isFlexible: true },
      { title: "OPERATION", isFlexible: true },
      { title: "STATE" },
      { title: "VALUE", align: "right" },
    ],
    transitions.map(({ at, target, operation, state, value }) => [
      formatTime(at),
      target,
      operation,
      { text: state, style: state === "inactive" ? "dim" : alertStateStyle({ state }) },
      valueText(value, rule),
    ]),
  );
}

/** A value in the unit of its rule's threshold. */
function valueText(value: number | null, rule: RuleFields): string {
  if (value === null) return NOTHING;
  if ("thresholdMs" in rule) return `${formatMs(value)} ms`;
  if ("thresholdRate" in rule) return formatPercent(value);
  return String(Number(value.toPrecision(4)));
}

function collect(setting: string, before: readonly string[] = []): string[] {
  return [...before, setting];
}

function fileFault(path: string, what: string): CliError {
  return new CliError(`${path} ${what}`, { exitCode: EXIT.refused });
}
