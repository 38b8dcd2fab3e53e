import type {
  ReportAnswer,
  ReportRequest,
  ReportSession,
  TachographBinding,
} from "../wire/report.ts";
import type { RequestScope } from "./request-scope.ts";

/**
 * Sends the reports of an isolate: one now and then goes alone, one after the other over a session,
 * which the platform counts as one request to each shard.
 */
export class ReportSessions {
  readonly #binding: TachographBinding;
  /** Until a server of before says that it is not. */
  #isOffered = true;

  constructor(binding: TachographBinding) {
    this.#binding = binding;
  }

  /**
   * @param isSteady whether more reports are to be expected soon.
   * @throws what the RPC rejects with; the session is closed then.
   */
  async report(
    scope: RequestScope,
    request: ReportRequest,
    isSteady: boolean,
  ): Promise<ReportAnswer> {
    const { session } = scope;
    if (session === undefined) {
      return isSteady ? this.#open(scope, request) : this.#binding.report(request);
    }
    try {
      return await session.report(request);
    } catch (error) {
      scope.closeSession(session);
      throw error;
    }
  }

  async #open(scope: RequestScope, request: ReportRequest): Promise<ReportAnswer> {
    if (!this.#isOffered || typeof this.#binding.open !== "function") {
      return this.#binding.report(request);
    }
    const session: ReportSession = this.#binding.open();
    scope.session = session;
    try {
      return await session.report(request);
    } catch (error) {
      scope.closeSession(session);
      if (!isUnknownMethod(error)) throw error;
      // Nothing was done: no other error says that for sure, so any other waits for its repeat.
      this.#isOffered = false;
      return this.#binding.report(request);
    }
  }
}

/** What the runtime says when the other side has no such method. */
function isUnknownMethod(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes('the method "open"');
}
