import { type Command, Option } from "commander";
import * as v from "valibot";
import { LANGUAGES, type Language } from "../../alerts/rule.ts";
import { parseDate, parseWeek } from "../../reports/local-date.ts";
import { Shape } from "../api/shape.ts";
import { examples } from "../args/examples.ts";
import { outputOption } from "../args/output-option.ts";
import { EXIT } from "../exit-code.ts";
import { writeWhole } from "../output/part-file.ts";
import { safeJson, safeLines } from "../output/safe-text.ts";
import type { CliSession, Perform } from "../session.ts";
import { usageError } from "../usage-error.ts";

interface ReportOptions {
  /** True without a date. */
  readonly daily?: string | true;
  /** True without a week. */
  readonly weekly?: string | true;
  readonly html?: boolean;
  readonly language?: Language;
  readonly output?: string;
  readonly force?: true;
}

/** It is passed on as it is. */
const REPORT = new Shape(v.looseObject({}));

/** Longer than the server reads history for one; unless something else is asked for. */
const TIMEOUT_MS = 30_000;

const HOW = "How: tachograph report --help";

/** `tachograph report` */
export function addReport(program: Command, perform: Perform): void {
  program
    .command("report")
    .summary("what happened in a day or a week")
    .description(
      "Prints the report about a day or a week, as Markdown: the last whole one unless it is named.\n" +
        "Days are those of the time zone that the server is configured for.",
    )
    .option("--daily [date]", "of a day, as 2026-11-20")
    .option("--weekly [week]", "of a week of ISO 8601, as 2026-W47")
    .option("--html", "as a page for a browser")
    .addOption(new Option("--language <language>", "of its words").choices(LANGUAGES))
    .addOption(outputOption())
    .option("--force", "replace the file if it is there")
    .addHelpText(
      "after",
      examples([
        "tachograph report --daily",
        "tachograph report --daily 2026-11-20 --language pt-BR",
        "tachograph report --weekly --html --output week.html",
        "tachograph report --weekly 2026-W47 --json | jq .score",
      ]),
    )
    .action((options: ReportOptions) => perform((session) => report(session, options)));
}

async function report(session: CliSession, given: ReportOptions): Promise<number> {
  const { api, io, options, printer } = session;
  const { path, query } = whichReport(given);
  if (given.html === true && options.isJson)
    throw usageError("--html and --json: give one of them", HOW);
  const type = given.html === true ? "text/html" : "text/markdown";
  const request = {
    query: { ...query, language: given.language },
    timeoutMs: options.givenTimeoutMs ?? TIMEOUT_MS,
  };
  const text = options.isJson
    ? safeJson(await api.read(path, REPORT, request))
    : await api.readText(path, { ...request, accept: type });
  const { output, force = false } = given;
  if (output !== undefined) {
    await writeWhole(output, force, async (file) => file.write(`${text.trimEnd()}\n`), io.signal);
    printer.note(`written to ${output}`);
    return EXIT.ok;
  }
  const isTerminal = io.stdout.isTTY === true;
  printer.line(isTerminal ? safeLines(text.trimEnd()) : text.trimEnd());
  return EXIT.ok;
}

function whichReport({ daily, weekly }: ReportOptions): {
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
} {
  if ((daily === undefined) === (weekly === undefined)) {
    throw usageError("say which report: --daily [DATE] or --weekly [WEEK], one of them", HOW);
  }
  if (daily !== undefined) {
    if (daily === true) return { path: "/v1/reports/daily", query: {} };
    if (parseDate(daily) === undefined)
      throw usageError("--daily must be a day, as 2026-11-20", HOW);
    return { path: "/v1/reports/daily", query: { date: daily } };
  }
  if (weekly === true || weekly === undefined) return { path: "/v1/reports/weekly", query: {} };
  if (parseWeek(weekly) === undefined) {
    throw usageError("--weekly must be a week, as 2026-W47 (few years have a W53)", HOW);
  }
  return { path: "/v1/reports/weekly", query: { week: weekly } };
}
