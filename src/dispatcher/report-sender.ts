import { MINUTE_MS } from "../merge/slot-time.ts";
import type { ChannelBook, ReadyChannel } from "./channel-book.ts";
import type { QueueItem } from "./dispatch-store.ts";
import { errorText } from "./error-text.ts";
import type { DispatcherOptions, DueReport } from "./ports.ts";
import { within } from "./within.ts";

/** How long it may take to write all reports that are due. */
const WRITE_TIMEOUT_MS = MINUTE_MS;

/** After they could not be written, how long until the next try. */
const RETRY_MS = MINUTE_MS;

/**
 * Puts reports into the queues of the channels that take them when it is time. An alarm that is
 * early finds none due; one that is late or comes again finds what is in the queues, or was sent,
 * under the report's id.
 */
export class ReportSender {
  readonly #options: DispatcherOptions;
  readonly #book: ChannelBook;
  readonly #take: (items: readonly QueueItem[]) => void;
  #isWriting = false;
  #retryAt = 0;
  #lastError: string | null = null;

  /** @param take - takes entries into the queues. */
  constructor(
    options: DispatcherOptions,
    book: ChannelBook,
    take: (items: readonly QueueItem[]) => void,
  ) {
    this.#options = options;
    this.#book = book;
    this.#take = take;
  }

  get lastError(): string | null {
    return this.#lastError;
  }

  nextRunAt(nowMs: number): number {
    const at = this.#nextAt(nowMs);
    if (this.#isWriting) return Math.max(at, nowMs + WRITE_TIMEOUT_MS);
    return Math.max(at, this.#isPausing(nowMs) ? this.#retryAt : 0);
  }

  /** From when on reports are sent: those that should have left before the dispatcher began are not. */
  begin(nowMs: number): void {
    const { store } = this.#options;
    const checkedAt = store.recall("reports")?.checkedAt ?? Infinity;
    if (checkedAt > nowMs) store.remember("reports", { checkedAt: nowMs });
  }

  /** Has the reports written that are due, in the background. */
  run(nowMs: number): void {
    const { keepAlive, onChange, tenant } = this.#options;
    this.begin(nowMs);
    if (this.#isWriting || this.#isPausing(nowMs) || this.#nextAt(nowMs) > nowMs) return;
    this.#isWriting = true;
    const work = this.#write(nowMs)
      .catch((cause: unknown) => {
        this.#lastError = errorText(cause);
        this.#retryAt = this.#options.now() + RETRY_MS;
        console.error(`${tenant}: the reports could not be written, they are tried again`, cause);
      })
      .finally(() => {
        this.#isWriting = false;
        onChange();
      });
    keepAlive(work);
  }

  async #write(nowMs: number): Promise<void> {
    const { reports, startTimer, store, now } = this.#options;
    if (reports === undefined) return;
    const due = await within(startTimer, WRITE_TIMEOUT_MS, () => reports.due(nowMs));
    const channels = this.#channels();
    this.#take(due.flatMap((report) => channels.map((channel) => itemOf(report, channel, now()))));
    store.remember("reports", { checkedAt: nowMs });
    this.#lastError = null;
  }

  /** When the first report left, or leaves, after they were looked for. */
  #nextAt(nowMs: number): number {
    const { reports, store } = this.#options;
    if (reports === undefined || this.#channels().length === 0) return Infinity;
    const checkedAt = store.recall("reports")?.checkedAt ?? nowMs;
    return reports.nextAt(Math.min(checkedAt, nowMs)) ?? Infinity;
  }

  #channels(): readonly ReadyChannel[] {
    return this.#book
      .ready()
      .filter(({ config, channel }) => config.reports && channel.takes("report"));
  }

  /** A pause longer than the longest means that the clock went back. */
  #isPausing(nowMs: number): boolean {
    return nowMs < this.#retryAt && this.#retryAt - nowMs <= RETRY_MS;
  }
}

function itemOf(
  report: DueReport,
  { name: channel, config }: ReadyChannel,
  nowMs: number,
): QueueItem {
  const { id, period } = report;
  const own = config.language === undefined ? undefined : report.mailIn?.(config.language);
  const mail = own ?? report.mail;
  const subject = `report:${id}`;
  return {
    id: `${subject}/${channel}`,
    channel,
    subject,
    event: "report",
    queuedAt: nowMs,
    content: { kind: "report", period, mail },
  };
}
