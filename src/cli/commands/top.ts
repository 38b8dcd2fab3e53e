import { type Command, Option } from "commander";
import { createLogUpdate } from "log-update";
import { WINDOW_NAMES, type WindowName } from "../../merge/series-state.ts";
import type { LiveState } from "../../stream/live-state.ts";
import { NOTHING_HEARD, seriesKey } from "../../stream/live-state.ts";
import { LIVE, type LiveAnswer } from "../api/live-shapes.ts";
import { examples } from "../args/examples.ts";
import { addTargets } from "../args/target-option.ts";
import { EXIT } from "../exit-code.ts";
import type { CliSession, Perform } from "../session.ts";
import { type FeedEvent, LiveFeed } from "../stream/live-feed.ts";
import { LiveNotes } from "../stream/live-notes.ts";
import { type Liveness, seriesRows, topScreen, topTable } from "../top/top-screen.ts";
import { keysOf, pressKey, type Sort, SORTS, topSeries, type TopView } from "../top/top-view.ts";

interface TopOptions {
  readonly window: WindowName;
  readonly sort: Sort;
  readonly operations?: boolean;
  readonly targets?: readonly string[];
}

/** How often the screen is drawn without an occasion, so that ages grow: milliseconds. */
const DRAW_MS = 500;

/** Leaves what was on the screen before as it was, and comes back to it. */
const ENTER_SCREEN = "\u001b[?1049h\u001b[?25l\u001b[2J\u001b[H";
const CLEAR_SCREEN = "\u001b[2J\u001b[H";
const LEAVE_SCREEN = "\u001b[?25h\u001b[?1049l";

/** `tachograph top` */
export function addTop(program: Command, perform: Perform): void {
  const command = program
    .command("top")
    .summary("a live table of all targets")
    .description(
      "Shows a live table of all targets: q quits, 1 5 h choose the window, s what it is sorted by,\n" +
        "r turns that round, o shows operations, arrows scroll. Where stdout is no terminal it prints\n" +
        "the table once; with --json an object for each tick, until Ctrl-C.",
    )
    .addOption(
      new Option("--window <name>", "of so long").choices(WINDOW_NAMES).default(WINDOW_NAMES[0]),
    )
    .addOption(new Option("--sort <by>", "what comes first").choices(SORTS).default(SORTS[0]))
    .option("--operations", "operations, too, and not whole targets alone")
    .addHelpText(
      "after",
      examples([
        "tachograph top",
        "tachograph top --window 1h --sort p99 --operations",
        "tachograph top --targets meta,google",
        "tachograph top --sort errors | head -5",
        "tachograph top --json | jq '.series[0].p95Ms'",
      ]),
    )
    .action((options: TopOptions) => perform((session) => top(session, options)));
  addTargets(command, "only these");
}

async function top(session: CliSession, given: TopOptions): Promise<number> {
  const { window, sort, operations: hasOperations = false } = given;
  const view: TopView = { window, sort, isReversed: false, hasOperations, offset: 0 };
  if (session.options.isJson) return followAsJson(session, given, view);
  const { stdout, stdin, env } = session.io;
  if (stdout.isTTY === true && stdin.isTTY === true && env["TERM"] !== "dumb") {
    return new TopLoop(session, given, view).run();
  }
  return printOnce(session, given, view);
}

async function printOnce(
  { api, printer }: CliSession,
  { targets }: TopOptions,
  view: TopView,
): Promise<number> {
  const live = await api.read("/v1/live", LIVE);
  const wanted = live.series.filter(({ target }) => targets?.includes(target) ?? true);
  if (wanted.length === 0) printer.warn(noSeries(targets));
  const series = new Map(wanted.map((one) => [seriesKey(one), one]));
  const { width, paint } = printer;
  printer.line(topTable(topSeries({ series }, view), view, { width, paint }));
  return EXIT.ok;
}

function noSeries(targets: readonly string[] | undefined): string {
  return targets === undefined
    ? "no data yet"
    : `no data of ${targets.join(", ")}: check the names`;
}

async function followAsJson(
  { api, io, printer }: CliSession,
  { targets }: TopOptions,
  view: TopView,
): Promise<number> {
  const feed = new LiveFeed({ api, targets, signal: io.signal, pause: io.pause });
  const notes = new LiveNotes(printer);
  for await (const event of feed.events()) {
    notes.hear(event);
    if (event.kind !== "frame" || event.frame.type === "alert") continue;
    const { latest } = event.state;
    if (latest !== undefined) printer.json(asJson(latest, event.state, view));
    await printer.flushed();
  }
  return EXIT.ok;
}

function asJson(
  { tenant, at, staleMs, status, score, coverage }: Omit<LiveAnswer, "epoch" | "seq">,
  state: LiveState,
  view: TopView,
): object {
  const series = topSeries(state, view).map(({ target, operation, kind, windows, grades }) => ({
    target,
    operation,
    kind,
    ...windows[view.window],
    grades,
  }));
  return { tenant, at, staleMs, status, score, coverage, window: view.window, series };
}

/** The table on a terminal, until somebody quits. It leaves the terminal as it found it. */
class TopLoop {
  readonly #session: CliSession;
  readonly #feed: LiveFeed;
  readonly #ended = new AbortController();
  readonly #draw: (text: string) => void;
  #view: TopView;
  #state: LiveState = NOTHING_HEARD;
  #liveness: Liveness = { kind: "live" };
  #exitCode: number = EXIT.ok;

  constructor(session: CliSession, { targets }: TopOptions, view: TopView) {
    const { api, io } = session;
    const signal = AbortSignal.any([io.signal, this.#ended.signal]);
    this.#session = session;
    this.#view = view;
    this.#feed = new LiveFeed({ api, targets, signal, pause: io.pause });
    // Its own hiding of the cursor would take signals over, which end this in their own way.
    this.#draw = createLogUpdate(io.stdout, { showCursor: true });
  }

  async run(): Promise<number> {
    const { stdin, stdout } = this.#session.io;
    const events = this.#feed.events();
    // Whatever keeps it from beginning is said on the screen as it was.
    this.#take((await events.next()).value);
    const keys = (chunk: Buffer | string): void => this.#press(chunk.toString());
    const resized = (): void => {
      stdout.write(CLEAR_SCREEN);
      this.#show();
    };
    const timer = setInterval(() => this.#show(), DRAW_MS);
    stdout.write(ENTER_SCREEN);
    stdin.setRawMode?.(true);
    stdin.on("data", keys);
    stdout.on("resize", resized);
    try {
      this.#show();
      for await (const event of events) {
        this.#take(event);
        this.#show();
      }
    } catch (cause) {
      if (!this.#ended.signal.aborted) throw cause;
    } finally {
      clearInterval(timer);
      stdin.off("data", keys).pause();
      stdout.off("resize", resized);
      stdin.setRawMode?.(false);
      stdout.write(LEAVE_SCREEN);
    }
    return this.#exitCode;
  }

  #take(event: FeedEvent): void {
    const nowMs = this.#session.io.nowMs();
    if (event.kind === "frame") {
      this.#state = event.state;
      this.#liveness = { kind: "live" };
    } else {
      const sinceMs = this.#liveness.kind === "live" ? nowMs : this.#liveness.sinceMs;
      const { kind } = event;
      this.#liveness = kind === "quiet" ? { kind, sinceMs } : { kind, sinceMs, why: event.why };
    }
  }

  #press(chunk: string): void {
    for (const key of keysOf(chunk)) {
      const rows = topSeries(this.#state, this.#view).length;
      const action = pressKey(this.#view, key, { pageRows: seriesRows(this.#rows), rows });
      if (action.kind === "view") this.#view = action.view;
      if (action.kind === "quit" || action.kind === "interrupt") {
        this.#exitCode = action.kind === "quit" ? EXIT.ok : EXIT.interrupted;
        this.#ended.abort();
        return;
      }
    }
    this.#show();
  }

  get #rows(): number {
    return this.#session.io.stdout.rows ?? 24;
  }

  #show(): void {
    const { io, printer } = this.#session;
    const columns = printer.width ?? 80;
    const rows = this.#rows;
    const lines = topScreen({
      state: this.#state,
      view: this.#view,
      liveness: this.#liveness,
      nowMs: io.nowMs(),
      columns,
      rows,
      paint: printer.paint,
    });
    this.#draw(lines.join("\n"));
  }
}
