import type {
  ReportAnswer,
  ReportRequest,
  ReportSession,
  TachographBinding,
} from "../wire/report.ts";
import type { RequestScope } from "./request-scope.ts";

/**
 * How long a session lasts: one invocation of the server, with its limits on calls and on CPU time,
 * and with the version and the configuration of the server when it was opened.
 */
const SESSION_MS = 20_000;

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
   * @param now epoch milliseconds.
   * @throws what the RPC rejects with; the session is closed then.
   */
  async report(
    scope: RequestScope,
    request: ReportRequest,
    isSteady: boolean,
    now: number,
  ): Promise<ReportAnswer> {
    if (Math.abs(now - scope.sessionOpenedAt) >= SESSION_MS) scope.closeSession();
    const { session } = scope;
    if (session === undefined) {
      return isSteady ? this.#open(scope, request, now) : this.#binding.report(request);
    }
    try {
      return endsWith(await session.report(request), () => scope.closeSession(session));
    } catch (error) {
      scope.closeSession(session);
      throw error;
    }
  }

  async #open(scope: RequestScope, request: ReportRequest, now: number): Promise<ReportAnswer> {
    if (!this.#isOffered || typeof this.#binding.open !== "function") {
      return this.#binding.report(request);
    }
    const session: ReportSession = this.#binding.open();
    scope.session = session;
    scope.sessionOpenedAt = now;
    try {
      return endsWith(await session.report(request), () => scope.closeSession(session));
    } catch (error) {
      scope.closeSession(session);
      if (!isUnknownMethod(error)) throw error;
      // Nothing was done: no other error says that for sure, so any other waits for its repeat.
      this.#isOffered = false;
      return this.#binding.report(request);
    }
  }
}

/**
 * Closes a session with its last answer: the server says that it is, or some target was not reached,
 * which a new one may.
 */
function endsWith(answer: ReportAnswer, close: () => void): ReportAnswer {
  const isFine =
    answer.ok &&
    answer.isLast !== true &&
    answer.results.every((result) => result.ok || result.reason !== "unavailable");
  if (!isFine) close();
  return answer;
}

/** What the runtime says when the other side has no such method. */
function isUnknownMethod(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes('the method "open"');
}
