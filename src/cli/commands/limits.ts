import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { capacityProblem, type LimitRule, refillProblem } from "../../limits/limit-rule.ts";
import type { LimitView } from "../../wire/permits.ts";
import type { ApiRequest } from "../api/api-client.ts";
import { LIMIT, LIMITS } from "../api/limit-shape.ts";
import { examples } from "../args/examples.ts";
import { parseName } from "../args/parse-name.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-code.ts";
import { LIMIT_COLUMNS, limitRow } from "../limits/limit-rows.ts";
import { safeText } from "../output/safe-text.ts";
import { wantsUnicode } from "../output/wants-unicode.ts";
import type { CliSession, Perform } from "../session.ts";

/** The options of `tachograph limits set`. */
interface SetOptions {
  readonly capacity: number;
  readonly refill: number;
}

/** `tachograph limits [get|set|unset|open]` */
export function addLimits(program: Command, perform: Perform): void {
  const limits = program
    .command("limits")
    .summary("the buckets of permits: look at them, change them")
    .description("Looks at the buckets of permits, and changes them.")
    .addHelpText(
      "after",
      examples([
        "tachograph limits                     every bucket",
        "tachograph limits get meta            one of them",
        "tachograph limits set meta --capacity 200 --refill 10",
        "tachograph limits unset meta          back to what is configured",
        "tachograph limits open meta           forget what the platform asked for",
      ]),
    );
  limits
    .command("get", { isDefault: true })
    .description("Prints every bucket, or that of one target.")
    .argument("[target]", "whose bucket", parseName)
    .action((target: string | undefined) =>
      perform((session) => (target === undefined ? getAll(session) : getOne(session, target))),
    );
  limits
    .command("list")
    .description("Prints every bucket.")
    .action(() => perform(getAll));
  addChanges(limits, perform);
}

function addChanges(limits: Command, perform: Perform): void {
  limits
    .command("set")
    .description("Sets a limit that stands until it is unset. Needs a token of the scope admin.")
    .argument("<target>", "whose bucket", parseName)
    .requiredOption("--capacity <permits>", "most permits that it holds; 0 closes it", readCapacity)
    .requiredOption("--refill <permits>", "how many come back each minute", readRefill)
    .action((target: string, { capacity, refill }: SetOptions) => {
      const json: LimitRule = { capacity, refillPerMinute: refill };
      return perform((session) => change(session, target, "", { method: "PUT", json }));
    });
  limits
    .command("unset")
    .description("Takes back what was set: what is configured holds again. Needs admin.")
    .argument("<target>", "whose bucket", parseName)
    .action((target: string) =>
      perform((session) => change(session, target, "", { method: "DELETE" })),
    );
  limits
    .command("open")
    .description("Opens a bucket again that the platform asked to close. Needs admin.")
    .argument("<target>", "whose bucket", parseName)
    .action((target: string) =>
      perform((session) => change(session, target, "/feedback", { method: "DELETE" })),
    );
}

async function getAll({ api, clock, io, options, printer }: CliSession): Promise<number> {
  const answer = await api.read("/v1/limits", LIMITS);
  const { limits, missing } = answer;
  if (options.isJson) printer.json(answer);
  else if (limits.length > 0) {
    const isUnicode = wantsUnicode(io.stdout, io.env);
    const rows = limits.map((view) => limitRow(view.target, view, clock.nowMs(), isUnicode));
    printer.table(LIMIT_COLUMNS, rows);
  } else if (missing.length === 0) {
    printer.line(
      "no target has a limit; set one: tachograph limits set TARGET --capacity 200 --refill 10",
    );
  }
  if (missing.length > 0) {
    printer.warn(`no answer about ${missing.join(", ")}: try again in a moment`);
  }
  return limits.length === 0 && missing.length > 0 ? EXIT.unreachable : EXIT.ok;
}

async function getOne(
  { api, clock, io, options, printer }: CliSession,
  target: string,
): Promise<number> {
  const view = await api.read(pathOf(target), LIMIT);
  if (options.isJson) printer.json(view);
  else
    printer.table(LIMIT_COLUMNS, [
      limitRow(view.target, view, clock.nowMs(), wantsUnicode(io.stdout, io.env)),
    ]);
  return EXIT.ok;
}

/** Changes a bucket, and shows it as it was and as it is. */
async function change(
  session: CliSession,
  target: string,
  below: "" | "/feedback",
  request: ApiRequest,
): Promise<number> {
  const { clock, io, options, printer } = session;
  const before = await limitOrNull(session, pathOf(target));
  const after = await limitOrNull(session, `${pathOf(target)}${below}`, request);
  if (options.isJson) {
    printer.json({ target, before, after });
    return EXIT.ok;
  }
  const [nowMs, isUnicode] = [clock.nowMs(), wantsUnicode(io.stdout, io.env)];
  printer.line(printer.paint("bold", safeText(target)));
  const [, ...columns] = LIMIT_COLUMNS;
  printer.table(
    [{ title: "" }, ...columns],
    [limitRow("before", before, nowMs, isUnicode), limitRow("after", after, nowMs, isUnicode)],
  );
  return EXIT.ok;
}

/** A bucket, or null where there is none: 404 of one that is looked at, 204 of a change. */
async function limitOrNull(
  { api }: CliSession,
  path: string,
  request: ApiRequest = {},
): Promise<LimitView | null> {
  let text: string;
  try {
    text = await api.readText(path, request);
  } catch (error) {
    if (request.method === undefined && error instanceof CliError && error.status === 404)
      return null;
    throw error;
  }
  return text === "" ? null : api.parse(path, text, LIMIT);
}

function pathOf(target: string): string {
  return `/v1/limits/${encodeURIComponent(target)}`;
}

function readCapacity(text: string): number {
  return checked(text, capacityProblem);
}

function readRefill(text: string): number {
  return checked(text, refillProblem);
}

function checked(text: string, problemOf: (value: number) => string | undefined): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : NaN;
  const problem = problemOf(value);
  if (problem === undefined) return value;
  throw new InvalidArgumentError(`It ${problem}.`);
}
