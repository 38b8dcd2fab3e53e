import type { WaitUntilContext } from "../request-scope.ts";
import type { Tachograph } from "../tachograph.ts";

/**
 * The context of an invocation as its client gets it. The runtime takes a batch or a schedule for
 * over once `waitUntil` holds nothing. So the client holds it until what is buffered is sent, and no
 * longer: a repeat that waits for a Tachograph that is away is left to a later invocation.
 */
export class EndingContext implements WaitUntilContext {
  readonly #context: WaitUntilContext;
  #over: PromiseWithResolvers<void> | undefined;
  #isOver = false;

  constructor(context: WaitUntilContext) {
    this.#context = context;
  }

  waitUntil(promise: Promise<unknown>): void {
    // What the handler left to its own waitUntil may record as well: that is kept as ever.
    if (this.#isOver) return this.#context.waitUntil(promise);
    this.#over ??= Promise.withResolvers();
    this.#context.waitUntil(Promise.race([promise, this.#over.promise]));
  }

  /** Sends what is buffered, after the handler. It does not wait for it, and never throws. */
  flush(tacho: Tachograph): void {
    const send = async (): Promise<void> => {
      await tacho.flush();
      this.#isOver = true;
      this.#over?.resolve();
    };
    try {
      this.#context.waitUntil(send());
    } catch (error) {
      tacho.noteFailure("ctx.waitUntil", error);
    }
  }
}
