import type { Ending, SharedWork } from "../endings.ts";
import { noteEnding } from "../endings.ts";
import type { WaitUntilContext } from "../request-scope.ts";
import type { Tachograph } from "../tachograph.ts";

/** How long an invocation that is over stays for what it still has to send, in milliseconds. */
const MAX_ENDING_MS = 500;

/**
 * What every client of an invocation holds its context by. The runtime takes a batch or a schedule
 * for over once `waitUntil` holds nothing. So the clients hold it until what is buffered is sent, for
 * half a second at most, and not at all while Tachograph hangs: what waits for a Tachograph that is
 * away stays buffered, for a later invocation.
 */
export class EndingContext implements Ending {
  readonly #context: WaitUntilContext;
  readonly #shared: SharedWork = { works: new Set(), timers: new Set() };
  #owner: object | undefined;
  #over: PromiseWithResolvers<void> | undefined;
  /** The client of an invocation that is over. */
  #ended: Tachograph | undefined;

  /**
   * @param context - Its clients, also those of the handler itself, are opened with it afterwards, the
   * one that is to be flushed first. One for another binding is none of them.
   */
  constructor(context: WaitUntilContext) {
    this.#context = context;
    noteEnding(context, this);
  }

  join(owner: object): SharedWork | undefined {
    this.#owner ??= owner;
    return this.#owner === owner ? this.#shared : undefined;
  }

  holdReport(promise: Promise<unknown>): void {
    if (this.#ended === undefined) {
      this.#over ??= Promise.withResolvers();
      this.#context.waitUntil(Promise.race([promise, this.#over.promise]));
    } else {
      // What the handler left to its own waitUntil may record as well, for as long as it likes.
      this.#context.waitUntil(this.#ended.untilAway(promise));
    }
  }

  /** Sends what is buffered, after the handler. It does not wait for it, and never throws. */
  flush(tacho: Tachograph): void {
    const send = async (): Promise<void> => {
      await tacho.flush(MAX_ENDING_MS);
      this.#ended = tacho;
      this.#over?.resolve();
    };
    try {
      this.#context.waitUntil(send());
    } catch (error) {
      tacho.noteFailure("ctx.waitUntil", error);
    }
  }
}
