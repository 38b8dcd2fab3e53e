import { type Command, InvalidArgumentError, Option } from "commander";
import * as v from "valibot";
import { MIN_IMPORT_AGE_MS } from "../../api/min-import-age.ts";
import type { WhoamiAnswer } from "../../api/whoami-answer.ts";
import { parseTag } from "../../histogram/histogram-log-tag.ts";
import { HDR_UNITS } from "../../histogram/record-into.ts";
import { seriesKey } from "../../merge/series-name.ts";
import { DAY_MS, HOUR_MS } from "../../merge/slot-time.ts";
import { anyWord } from "../api/any-word.ts";
import { Shape } from "../api/shape.ts";
import { examples } from "../args/examples.ts";
import { namesUpTo, parseName } from "../args/parse-name.ts";
import { CliError } from "../cli-error.ts";
import type { CliIo } from "../cli-io.ts";
import { EXIT } from "../exit-code.ts";
import { DaySpool } from "../import/day-spool.ts";
import { broken, doneText, importDays } from "../import/import-days.ts";
import { dayText, ImportTally } from "../import/import-tally.ts";
import { logLines, type LogSource, logSources } from "../import/log-source.ts";
import { LogSplit, type SplitTally } from "../import/split-log.ts";
import { formatBytes, formatCount, formatCountOf } from "../output/format.ts";
import { Progress } from "../output/progress.ts";
import type { CliSession, Perform } from "../session.ts";

interface ImportCommandOptions {
  readonly target?: readonly string[];
  readonly operation?: readonly string[];
  readonly as?: string;
  readonly unit: (typeof HDR_UNITS)[number];
  readonly id?: string;
  readonly merge?: true;
  readonly skipBad?: true;
  readonly dryRun?: true;
}

/** Most names of one option. */
const MAX_NAMES = 500;

/** Most lines that cannot be read and are named; further ones are counted. */
const MAX_NAMED = 100;

/** So that what is taken here is not refused there: clocks differ a little. */
const CLOCK_MARGIN_MS = 30_000;

/** Likewise: what is not kept any more when its turn comes. */
const AGE_MARGIN_MS = HOUR_MS;

const readNames = namesUpTo(MAX_NAMES);

const SCOPES = new Shape<Pick<WhoamiAnswer, "tenant" | "scopes" | "historyDays">>(
  v.looseObject({
    tenant: v.string(),
    scopes: v.array(anyWord<WhoamiAnswer["scopes"][number]>()),
    historyDays: v.exactOptional(v.number()),
  }),
);

/** `tachograph import FILE…` */
export function addImport(program: Command, perform: Perform, _io: CliIo): void {
  program
    .command("import")
    .summary("put HdrHistogram logs into history, as export hlog wrote them")
    .description(
      "Reads HdrHistogram logs (files, directories of *.hlog and *.hlog.gz, - for stdin; packed " +
        "with gzip or not), sorts their rows by series and day, whatever their order, and puts them " +
        "into history: a day of a series at a time. What export hlog wrote comes back as it was; of " +
        "other logs the tag says the series: TARGET, TARGET/OPERATION or TARGET/OPERATION/OUTCOME.\n\n" +
        "The same once more changes nothing, so an import that broke off is simply started again. A " +
        "day that has timings already is left alone, unless --merge adds to it. What is live is not " +
        "touched. Needs a token of the scope admin.",
    )
    .argument("<files...>", "logs, directories, or -")
    .option(
      "--target <names>",
      "of these targets only; separated by commas, or repeated",
      readNames,
    )
    .option("--operation <names>", "of these operations only, likewise", readNames)
    .option("--as <tag>", "what rows without a tag are of: TARGET/OPERATION[/OUTCOME]", readTag)
    .addOption(
      new Option("--unit <unit>", "what the values of the histograms are")
        .choices(HDR_UNITS)
        .default("us"),
    )
    .option(
      "--id <name>",
      "a name of the import: a day replaces what the same name brought before (default: by content)",
      parseName,
    )
    .option("--merge", "add to days that have timings already")
    .option("--skip-bad", "leave out lines that cannot be read, instead of sending nothing")
    .option("--dry-run", "read everything, say what there is, and send nothing")
    .addHelpText(
      "after",
      examples([
        "tachograph import november.hlog.gz",
        "tachograph import exports/ --target meta --dry-run",
        "tachograph export hlog --all --last 2d | tachograph --url https://b.example import - --id nightly",
        "tachograph import jhiccup.hlog --as app/pause --unit ns",
      ]),
    )
    .action((files: string[], options: ImportCommandOptions) =>
      perform((session) => importHistory(session, files, options)),
    );
}

function readTag(text: string): string {
  if (parseTag(text).ok) return text;
  throw new InvalidArgumentError(
    "It must be TARGET, TARGET/OPERATION or TARGET/OPERATION/OUTCOME.",
  );
}

async function importHistory(
  session: CliSession,
  paths: readonly string[],
  options: ImportCommandOptions,
): Promise<number> {
  const isDry = options.dryRun === true;
  const historyDays = await (isDry ? historyDaysIfKnown(session) : checkToken(session));
  const sources = await logSources(paths);
  const spool = new DaySpool();
  try {
    const { tally: found, bad } = await readAll(session, sources, spool, {
      ...options,
      historyDays,
    });
    if (bad.count > 0 && options.skipBad !== true && !isDry) {
      const lines = formatCountOf(bad.count, "line");
      throw new CliError(`${lines} cannot be read, and nothing was sent`, {
        exitCode: EXIT.refused,
        faults: session.options.isJson ? bad.named : [],
        hint: "Mend what is named, or leave it out with --skip-bad.",
      });
    }
    const tally = new ImportTally();
    if (!isDry) await sendAll(session, spool, sources, options, tally);
    summarize(session, { isDry, historyDays, found, bad, spool, tally });
    return bad.count === 0 && tally.untaken === 0 ? EXIT.ok : EXIT.refused;
  } finally {
    await spool.close();
  }
}

/**
 * Before hundreds of megabytes are read in vain; and the answer tells the server's time.
 * @returns how many days history is kept; undefined if the server does not say.
 */
async function checkToken({ api, printer }: CliSession): Promise<number | undefined> {
  const { tenant, scopes, historyDays } = await api.read("/v1/whoami", SCOPES);
  printer.detail(`importing into the tenant ${tenant}`);
  if (scopes.includes("admin")) return historyDays;
  throw new CliError(`The token is good for ${scopes.join(", ")} only; to import needs admin.`, {
    exitCode: EXIT.token,
  });
}

/** The same for who only reads, perhaps where no server can be reached. */
async function historyDaysIfKnown({ api, io, printer }: CliSession): Promise<number | undefined> {
  try {
    return (await api.read("/v1/whoami", SCOPES)).historyDays;
  } catch (cause) {
    io.signal.throwIfAborted();
    if (!(cause instanceof CliError)) throw cause;
    printer.warn(`which days are too old for history is not known: ${cause.message}`);
    return undefined;
  }
}

/** Lines that cannot be read. */
class BadLines {
  readonly #session: CliSession;
  readonly named: string[] = [];
  count = 0;

  constructor(session: CliSession) {
    this.#session = session;
  }

  add(file: string, line: number, reason: string): void {
    this.count += 1;
    if (this.count > MAX_NAMED) return;
    this.named.push(`${file}:${line}: ${reason}`);
    const { options, printer } = this.#session;
    if (options.isJson) return;
    printer.warn(`${file}:${line}: ${reason}`);
    if (this.count === MAX_NAMED) printer.warn("further ones are counted only");
  }
}

async function readAll(
  session: CliSession,
  sources: readonly LogSource[],
  spool: DaySpool,
  {
    target: targets = [],
    operation: operations = [],
    as: untagged,
    unit,
    historyDays = Infinity,
  }: ImportCommandOptions & { readonly historyDays: number | undefined },
): Promise<{ readonly tally: SplitTally; readonly bad: BadLines }> {
  const { clock, io, printer } = session;
  const latestMs = clock.nowMs() - MIN_IMPORT_AGE_MS - CLOCK_MARGIN_MS;
  const oldestMs = clock.nowMs() + AGE_MARGIN_MS - historyDays * DAY_MS;
  const wanted = { targets, operations, untagged, latestMs, oldestMs, unit };
  const split = new LogSplit(wanted, spool);
  const bad = new BadLines(session);
  const total = sources.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const progress = new Progress(io, printer, { total, title: "read", unit: "bytes" });
  let readBytes = 0;
  try {
    for (const [index, source] of sources.entries()) {
      const take = split.begin(index, source.name, (line, reason) =>
        bad.add(source.name, line, reason),
      );
      const onBytes = (bytes: number): void => {
        readBytes += bytes;
        progress.update(readBytes, formatBytes(readBytes));
      };
      for await (const lines of logLines(source, io.stdin, io.signal, onBytes)) {
        take(lines);
        if (spool.isFull) await spool.flush();
      }
    }
  } finally {
    progress.stop();
  }
  return { tally: split.tally, bad };
}

async function sendAll(
  session: CliSession,
  spool: DaySpool,
  sources: readonly LogSource[],
  { id, merge, unit }: ImportCommandOptions,
  tally: ImportTally,
): Promise<void> {
  const { io, printer } = session;
  const total = spool.days().length;
  const progress = new Progress(io, printer, { total, title: "import", unit: "days of series" });
  const files = sources.map(({ name }) => name);
  const how = { importId: id, mayMerge: merge === true, unit, files };
  try {
    await importDays(session, spool, how, tally, () => progress.update(tally.done));
  } catch (cause) {
    if (cause instanceof CliError) throw broken(cause, tally, total);
    throw cause;
  } finally {
    progress.stop();
    if (io.signal.aborted) {
      printer.warn(`${doneText(tally, total)}; the same command goes on`);
    }
  }
}

interface Outcome {
  readonly isDry: boolean;
  readonly historyDays: number | undefined;
  readonly found: SplitTally;
  readonly bad: BadLines;
  readonly spool: DaySpool;
  readonly tally: ImportTally;
}

function summarize(session: CliSession, outcome: Outcome): void {
  const { isDry, found, bad, spool, tally } = outcome;
  const { options, printer } = session;
  const days = spool.days();
  const series = new Set(days.map(seriesKey)).size;
  const [first, last] = [days[0], days.at(-1)];
  const range = first && last ? { from: dayText(first.dayAt), to: dayText(last.dayAt) } : {};
  const { rows, filtered, tooNew, tooOld, oldDays } = found;
  if (options.isJson) {
    const tooOldDays = oldDays && { from: dayText(oldDays.from), to: dayText(oldDays.to) };
    const left = { filtered, tooNew, tooOld, ...(tooOldDays && { tooOldDays }) };
    const { named: refused, ...done } = countsOf(tally);
    printer.json({
      rows,
      ...left,
      badLines: bad.count,
      bad: bad.named,
      series,
      days: days.length,
      ...range,
      dryRun: isDry,
      ...(!isDry && { ...done, refused }),
    });
    return;
  }
  const what =
    `${formatCountOf(rows, "row")}: ${formatCountOf(days.length, "day")} of ` +
    `${formatCount(series)} series`;
  printer.note(range.from === undefined ? what : `${what}, ${range.from} to ${range.to}`);
  for (const note of notesOf(outcome)) printer.warn(note);
  if (isDry) return printer.note("nothing was sent (--dry-run)");
  printer.note(doneNote(tally));
  if (tally.coarse > 0) {
    printer.warn(
      `${formatCountOf(tally.coarse, "row of an hour or a day is", "rows of hours or days are")} of ` +
        "a time of which shorter ones are kept: seen in steps of that length and longer only",
    );
  }
}

function countsOf(tally: ImportTally): Omit<ImportTally, "done" | "addUntaken"> {
  const { imported, replaced, already, untaken, timings, duplicates, coarse, named } = tally;
  return { imported, replaced, already, untaken, timings, duplicates, coarse, named };
}

/** What became of the days. */
function doneNote(tally: ImportTally): string {
  const { imported, replaced, already, untaken, timings, duplicates } = tally;
  const parts = [`${formatCountOf(imported, "day")} imported, ${formatCountOf(timings, "timing")}`];
  if (replaced > 0)
    parts.push(`${formatCount(replaced)} of them replaced what --id brought before`);
  if (already > 0) parts.push(`${formatCountOf(already, "day was", "days were")} there already`);
  if (duplicates > 0) {
    parts.push(`${formatCountOf(duplicates, "row was", "rows were")} there twice`);
  }
  if (untaken > 0) parts.push(`${formatCountOf(untaken, "day was", "days were")} not taken`);
  return parts.join("; ");
}

function notesOf({ isDry, historyDays, found, bad }: Outcome): string[] {
  const { rows, filtered, tooNew, tooOld, oldDays } = found;
  const notes: string[] = [];
  if (bad.count > 0) {
    const lines = formatCountOf(bad.count, "line");
    const end = isDry ? "" : ` and ${bad.count === 1 ? "was" : "were"} left out`;
    notes.push(`${lines} cannot be read${end}`);
  }
  if (tooNew > 0) {
    notes.push(
      `${formatCountOf(tooNew, "row was", "rows were")} left out: what is of a minute, an hour or ` +
        "a day that ended less than 10 minutes ago, or has not yet, may still grow. Export and " +
        "import it again later.",
    );
  }
  if (oldDays !== undefined && historyDays !== undefined) {
    const days = [...new Set([oldDays.from, oldDays.to])].map(dayText).join(" to ");
    notes.push(
      `${formatCountOf(tooOld, "row was", "rows were")} left out: of ${days}, older than the ` +
        `${formatCountOf(historyDays, "day")} that history is kept`,
    );
  }
  if (rows === 0) {
    notes.push(
      filtered > 0
        ? "no row is of what --target and --operation name"
        : "there was nothing to import",
    );
  }
  return notes;
}
