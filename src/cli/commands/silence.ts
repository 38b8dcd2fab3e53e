import { type Command, Option } from "commander";
import * as v from "valibot";
import type { Severity } from "../../alerts/rule.ts";
import { SEVERITIES } from "../../alerts/rule.ts";
import { actor } from "../alerts/actor.ts";
import { Shape } from "../api/shape.ts";
import { examples } from "../args/examples.ts";
import { parseDuration } from "../args/parse-duration.ts";
import { EXIT } from "../exit-code.ts";
import { formatDuration, formatTime } from "../output/format.ts";
import { safeText } from "../output/safe-text.ts";
import type { CliSession, Perform } from "../session.ts";
import { usageError } from "../usage-error.ts";

interface SilenceOptions {
  readonly target?: string;
  readonly rule?: string;
  readonly severity?: Severity;
  /** Milliseconds. */
  readonly for?: number;
  readonly by?: string;
  readonly why?: string;
  readonly list?: boolean;
  readonly end?: string;
}

/** How much longer or shorter than asked a silence may be without a word, milliseconds. */
const CLOCK_TOLERANCE_MS = 30_000;

const OPTIONS = ["target", "rule", "severity", "for", "by", "why", "list", "end"] as const;

const silence = v.looseObject({
  id: v.string(),
  match: v.looseObject({
    target: v.optional(v.string()),
    rule: v.optional(v.string()),
    severity: v.optional(v.string()),
  }),
  from: v.number(),
  to: v.number(),
  by: v.string(),
  why: v.string(),
  warning: v.optional(v.string()),
});

const SILENCE = new Shape(silence);

const SILENCES = new Shape(v.looseObject({ silences: v.array(silence) }));

const HOW = "How: tachograph alerts silence --help";

/** `tachograph alerts silence` */
export function addSilence(alerts: Command, perform: Perform): void {
  alerts
    .command("silence")
    .summary("keep alerts quiet for a time")
    .description(
      "Keeps alerts quiet for a time: they are evaluated and shown, and nobody is told. What it is\n" +
        "about is all of --target, --rule and --severity that is given. It needs an admin token.",
    )
    .option("--target <name>", "alerts of this target")
    .option("--rule <name>", "alerts of this rule")
    .addOption(new Option("--severity <severity>", "alerts of this severity").choices(SEVERITIES))
    .addOption(new Option("--for <duration>", "for how long, as 2h").argParser(parseDuration))
    .option("--by <name>", "who does (default: your name on this machine)")
    .option("--why <text>", "why, for whoever wonders")
    .option("--list", "print those that are not over")
    .option("--end <id>", "end this one")
    .addHelpText(
      "after",
      examples([
        "tachograph alerts silence --target meta --for 2h --why 'maintenance at Meta'",
        "tachograph alerts silence --list",
        "tachograph alerts silence --end ID",
      ]),
    )
    .action((_: unknown, command: Command) =>
      // Names that the command above it has, too, are found with its options.
      perform((session) => silenceAlerts(session, command.optsWithGlobals<SilenceOptions>())),
    );
}

function silenceAlerts(session: CliSession, given: SilenceOptions): Promise<number> {
  const { list: isList, end: id } = given;
  if (isList === true) {
    refuseBeside("--list", given, ["list"]);
    return list(session);
  }
  if (id !== undefined) {
    refuseBeside("--end", given, ["end", "by"]);
    return end(session, id, given.by);
  }
  return create(session, given);
}

/** Options that would be left out without a word are refused. */
function refuseBeside(
  name: string,
  given: SilenceOptions,
  good: readonly (keyof SilenceOptions)[],
): void {
  const [wrong] = OPTIONS.filter((option) => given[option] !== undefined && !good.includes(option));
  if (wrong !== undefined) throw usageError(`${name} does not go with --${wrong}`, HOW);
}

async function create(session: CliSession, given: SilenceOptions): Promise<number> {
  const { api, clock, options, printer } = session;
  const { target, rule, severity, for: durationMs, by, why } = given;
  if (target === undefined && rule === undefined && severity === undefined) {
    throw usageError("say what to silence: --target, --rule, --severity, or several of them", HOW);
  }
  if (durationMs === undefined) throw usageError("say for how long: --for 2h", HOW);
  if (why === undefined) throw usageError("say why: --why 'maintenance at Meta'", HOW);
  const who = actor(by);
  // It ends by the server's clock, which its answers tell; it begins when it is there.
  await api.readText("/v1/whoami");
  const to = Math.round(clock.nowMs()) + durationMs;
  const json = { match: { target, rule, severity }, to, by: who, why };
  const made = await api.read("/v1/silences", SILENCE, { method: "POST", json });
  if (options.isJson) printer.json(made);
  else printer.line(`silenced until ${formatTime(made.to)}: ${safeText(made.id)}`);
  const lengthMs = made.to - made.from;
  if (Math.abs(lengthMs - durationMs) > CLOCK_TOLERANCE_MS) {
    const length = formatDuration(lengthMs);
    printer.warn(`the clock of this machine is not the server's: it is silenced for ${length}`);
  }
  if (made.warning !== undefined) printer.warn(made.warning);
  return EXIT.ok;
}

async function list({ api, options, printer }: CliSession): Promise<number> {
  const answer = await api.read("/v1/silences", SILENCES);
  if (options.isJson) printer.json(answer);
  else if (answer.silences.length === 0) printer.line("Nothing is silenced.");
  else {
    printer.table(
      [
        { title: "target", isFlexible: true, rank: 0 },
        { title: "rule", isFlexible: true, rank: 2 },
        { title: "severity", rank: 4 },
        { title: "from", rank: 6 },
        { title: "to", rank: 3 },
        { title: "by", rank: 5 },
        { title: "why", isFlexible: true, rank: 1 },
        { title: "id" },
      ],
      answer.silences.map(({ id, match, from, to, by, why }) => [
        match.target ?? "any",
        match.rule ?? "any",
        match.severity ?? "any",
        formatTime(from),
        formatTime(to),
        by,
        why,
        id,
      ]),
    );
  }
  return EXIT.ok;
}

async function end(
  { api, options, printer }: CliSession,
  id: string,
  by: string | undefined,
): Promise<number> {
  const request = { method: "DELETE", query: { by }, onlyOk: 204 } as const;
  await api.readText(`/v1/silences/${encodeURIComponent(id)}`, request);
  if (options.isJson) printer.json({ ended: id });
  else printer.line(`ended: ${safeText(id)}`);
  return EXIT.ok;
}
