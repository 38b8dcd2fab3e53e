import { Argument, type Command, Option } from "commander";
import { examples } from "../args/examples.ts";
import { outputOption } from "../args/output-option.ts";
import { namesUpTo } from "../args/parse-name.ts";
import { addTimeRange, type TimeRangeOptions, timeRangeOf } from "../args/time-range.ts";
import { CliError } from "../cli-error.ts";
import type { CliIo } from "../cli-io.ts";
import { EXIT } from "../exit-code.ts";
import { exportCsv } from "../export/export-csv.ts";
import { EXPORT_STEPS, exportHlog, type HlogFormat } from "../export/export-hlog.ts";
import type { ExportPlan, ExportResult } from "../export/export-plan.ts";
import { keptRange } from "../export/kept-range.ts";
import { formatCount, formatCountOf, formatTime } from "../output/format.ts";
import { gzipSink } from "../output/gzip-sink.ts";
import { writeWhole } from "../output/part-file.ts";
import { Progress } from "../output/progress.ts";
import { safeJson } from "../output/safe-text.ts";
import { type ByteSink, streamSink, type TextSink } from "../output/text-sink.ts";
import type { CliSession, Perform } from "../session.ts";

const FORMATS = ["hlog", "csv"] as const;

type Format = (typeof FORMATS)[number];

interface ExportOptions extends TimeRangeOptions {
  readonly target?: readonly string[];
  readonly operation?: readonly string[];
  readonly all?: true;
  readonly output?: string;
  readonly force?: true;
  readonly step?: HlogFormat["step"];
  readonly plain?: true;
}

/** Most names of one option. */
const MAX_NAMES = 500;

const readNames = namesUpTo(MAX_NAMES);

const DEFAULT_LAST = "7d";

/** `tachograph export hlog|csv` */
export function addExport(program: Command, perform: Perform, io: CliIo): void {
  const command = program
    .command("export")
    .summary("write history to a file: HdrHistogram logs, or CSV by hour")
    .description(
      "Writes history to a file, or to stdout.\n\n" +
        "hlog: a row per operation and minute, which HdrHistogram's tools read (values in µs); all " +
        "operations of a target unless --operation names some. What is not kept by the minute any " +
        "more comes as rows of hours, then of days. Comments between the rows say what histograms do " +
        "not, so that `tachograph import` loses nothing.\n\n" +
        "csv: a row per series and hour; of --target the whole target (operation *), unless " +
        "--operation names some, or --all asks for every series: whole targets and their operations.",
    )
    .addArgument(new Argument("<format>", "what to write").choices(FORMATS))
    .option("--target <names>", "of these targets; separated by commas, or repeated", readNames)
    .option("--operation <names>", "of these operations only, likewise", readNames)
    .option("--all", "of every target and operation there is")
    .addOption(outputOption())
    .option("--force", "replace the file if it is there")
    .addOption(
      new Option("--step <step>", "hlog: rows of this length, or longer ones").choices(
        EXPORT_STEPS,
      ),
    )
    .option("--plain", "hlog: no comments between the rows; then they are histograms only")
    .addHelpText(
      "after",
      examples([
        "tachograph export csv --all --last 30d --output october.csv",
        "tachograph export csv --target meta,google --from 2026-10-01 --to 2026-11-01",
        "tachograph export hlog --target meta --operation events --last 24h --output meta.hlog",
        "tachograph export hlog --all --last 180d --output all.hlog.gz",
      ]),
    );
  addTimeRange(command, io, DEFAULT_LAST).action((format: Format, options: ExportOptions) =>
    perform((session) => exportHistory(session, format, options)),
  );
}

async function exportHistory(
  session: CliSession,
  format: Format,
  options: ExportOptions,
): Promise<number> {
  const { io } = session;
  const asked = planOf(options, io.nowMs());
  if (format === "csv" && (options.step !== undefined || options.plain === true)) {
    throw new CliError("--step and --plain are of hlog: csv has a row per hour", {
      exitCode: EXIT.usage,
    });
  }
  const plan = { ...asked, range: await keptRange(session, asked.range) };
  const { output } = options;
  const hlog: HlogFormat = { step: options.step ?? "1m", hasDetails: options.plain !== true };
  const work = (sink: TextSink): Promise<ExportResult> => write(session, format, plan, hlog, sink);
  const result =
    output === undefined
      ? await work(streamSink(io.stdout, io.signal))
      : await writeWhole(
          output,
          options.force === true,
          (file) => packedFor(output, file, work),
          io.signal,
        );
  summarize(session, format, plan, result, output);
  return EXIT.ok;
}

/** Packs what is written to a file whose name says so. */
async function packedFor(
  path: string,
  file: ByteSink,
  work: (sink: TextSink) => Promise<ExportResult>,
): Promise<ExportResult> {
  if (!path.endsWith(".gz")) return work(file);
  const packed = gzipSink(file);
  const result = await work(packed);
  await packed.finish();
  return result;
}

function planOf(options: ExportOptions, nowMs: number): ExportPlan {
  const { target: targets = [], operation: operations = [], all: isAll = false } = options;
  if (targets.length === 0 && !isAll) {
    throw new CliError("say of what: --target NAME, or --all", { exitCode: EXIT.usage });
  }
  return { range: timeRangeOf(options, nowMs, DEFAULT_LAST), targets, operations, isAll };
}

async function write(
  session: CliSession,
  format: Format,
  plan: ExportPlan,
  hlog: HlogFormat,
  sink: TextSink,
): Promise<ExportResult> {
  const { io, printer } = session;
  let progress: Progress | undefined;
  const onProgress = (done: number, total: number): void => {
    progress ??= new Progress(io, printer, { total, title: "export", unit: "requests" });
    progress.update(done);
  };
  try {
    return format === "hlog"
      ? await exportHlog(session, plan, hlog, sink, onProgress)
      : await exportCsv(session, plan, sink, onProgress);
  } finally {
    progress?.stop();
  }
}

/** What was written: beside it on stderr where it went to stdout itself. */
function summarize(
  { io, options, printer }: CliSession,
  format: Format,
  { range, targets }: ExportPlan,
  { rows, series }: ExportResult,
  output: string | undefined,
): void {
  if (options.isJson) {
    const summary = { format, output: output ?? null, rows, series, ...range };
    if (output === undefined) io.stderr.write(`${safeJson(summary)}\n`);
    else printer.json(summary);
    return;
  }
  if (rows === 0) {
    const where = targets.length === 0 ? "" : ` of ${targets.join(", ")}`;
    printer.warn(`there were no timings${where} in that time: check the names and the range`);
  }
  const stretch = `${formatTime(range.from)} to ${formatTime(range.to)}`;
  printer.note(
    `${formatCountOf(rows, "row")} of ${formatCount(series)} series, ${stretch}` +
      (output === undefined ? "" : `, in ${output}`),
  );
}
