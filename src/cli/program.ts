import { Command, InvalidArgumentError, Option } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { examples } from "./args/examples.ts";
import { DEFAULT_URL } from "./args/global-options.ts";
import { parseDuration } from "./args/parse-duration.ts";
import type { CliIo } from "./cli-io.ts";
import { addAlerts } from "./commands/alerts.ts";
import { addBacktest } from "./commands/backtest.ts";
import { addExport } from "./commands/export.ts";
import { addImport } from "./commands/import.ts";
import { addLimits } from "./commands/limits.ts";
import { addLoad } from "./commands/load.ts";
import { addReport } from "./commands/report.ts";
import { addSend } from "./commands/send.ts";
import { addStatus } from "./commands/status.ts";
import { addTail } from "./commands/tail.ts";
import { addTop } from "./commands/top.ts";
import { addWhoami } from "./commands/whoami.ts";
import type { Perform } from "./session.ts";

/** Adds a command to the program. */
type AddCommand = (program: Command, perform: Perform, io: CliIo, args: readonly string[]) => void;

/** In the order of the help page. */
const COMMANDS: readonly AddCommand[] = [
  addStatus,
  addTop,
  addTail,
  addAlerts,
  addReport,
  addLimits,
  addBacktest,
  addExport,
  addImport,
  addSend,
  addLoad,
  addWhoami,
];

const ENVIRONMENT = `
Environment:
  TACHOGRAPH_URL    as --url
  TACHOGRAPH_TOKEN  as --token, and better: the list of processes does not show it
  NO_COLOR          set to anything: no colours; FORCE_COLOR=1: colours in a pipe, too

Exit codes: 0 done; 1, 2 and 3 of \`status\`: warning, critical, no answer; 3 no answer;
64 wrong command line; 65 refused by the server; 77 no token, or not a good one; 130 Ctrl-C.`;

/**
 * The command line, with what each command does. It writes to `io`, and never ends the process.
 * @param args the command line that is to be read, for who has to know what stands behind `--`.
 */
export function buildProgram(io: CliIo, perform: Perform, args: readonly string[]): Command {
  const program = new Command("tachograph")
    .description("Looks at a running Tachograph, and tells it things, from a terminal.")
    .version(manifest.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this page")
    .helpCommand("help [command]", "print the page of a command")
    .option("--url <url>", `where it is (default: ${DEFAULT_URL})`)
    .option("--token <token>", "a token of it (default: the development token, on this machine)")
    .option("--json", "print JSON, for scripts")
    .option("--no-color", "print no colours")
    .addOption(
      new Option("--timeout <duration>", "how long an answer may take (default: 10s)").argParser(
        parseTimeout,
      ),
    )
    .option("--verbose", "say more on stderr")
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("What there is: tachograph --help")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 80,
      getErrHelpWidth: () => io.stderr.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText(
      "after",
      `${examples([
        "tachograph status              is all well? exits 0, 1, 2 or 3",
        "tachograph top                 a live table; q quits",
        "tachograph tail --json | jq .  every change as a line",
      ])}\n${ENVIRONMENT}`,
    );
  for (const add of COMMANDS) add(program, perform, io, args);
  return program;
}

/** Timers hold no more than 2^31 milliseconds, and nobody waits for so long. */
const MAX_TIMEOUT = "1h";

function parseTimeout(text: string): number {
  const timeoutMs = parseDuration(text);
  if (timeoutMs <= parseDuration(MAX_TIMEOUT)) return timeoutMs;
  throw new InvalidArgumentError(`It may be ${MAX_TIMEOUT} at most.`);
}
