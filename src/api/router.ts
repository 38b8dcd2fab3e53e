import { type IRequest, Router } from "itty-router";
import { VERSION } from "../version.ts";
import { authenticate, type Authenticated, requireScope } from "./authentication.ts";
import type { Handler, RequestContext, RoutedRequest } from "./context.ts";
import { withinPlan } from "./plan-limit.ts";
import {
  internalError,
  methodNotAllowed,
  notFound,
  orThrow,
  Problem,
  problemResponse,
  unavailable,
} from "./problem.ts";
import { deleteFeedback } from "./routes/delete-feedback.ts";
import { deleteLimit } from "./routes/delete-limit.ts";
import { deleteSilence } from "./routes/delete-silence.ts";
import { getAlertHistory } from "./routes/get-alert-history.ts";
import { getAlerts } from "./routes/get-alerts.ts";
import { getAudit } from "./routes/get-audit.ts";
import { getCacheStats } from "./routes/get-cache-stats.ts";
import { getChannels } from "./routes/get-channels.ts";
import { getExportHlog } from "./routes/get-export-hlog.ts";
import { getHealthDeep } from "./routes/get-health-deep.ts";
import { getHistory } from "./routes/get-history.ts";
import { getLatencySummary } from "./routes/get-latency-summary.ts";
import { getLimit } from "./routes/get-limit.ts";
import { getLimits } from "./routes/get-limits.ts";
import { getLive } from "./routes/get-live.ts";
import { getMetrics } from "./routes/get-metrics.ts";
import { getNotifications } from "./routes/get-notifications.ts";
import { getPerformanceStats } from "./routes/get-performance-stats.ts";
import { getQueryStats } from "./routes/get-query-stats.ts";
import { getReportDaily } from "./routes/get-report-daily.ts";
import { getReportWeekly } from "./routes/get-report-weekly.ts";
import { getRules } from "./routes/get-rules.ts";
import { getSilence } from "./routes/get-silence.ts";
import { getSilences } from "./routes/get-silences.ts";
import { getStream } from "./routes/get-stream.ts";
import { getTotals } from "./routes/get-totals.ts";
import { getWhoami } from "./routes/get-whoami.ts";
import { postAcknowledge } from "./routes/post-acknowledge.ts";
import { postBacktest } from "./routes/post-backtest.ts";
import { postCacheInvalidate } from "./routes/post-cache-invalidate.ts";
import { postChannelTest } from "./routes/post-channel-test.ts";
import { postFeedback } from "./routes/post-feedback.ts";
import { postHistoryImport } from "./routes/post-history-import.ts";
import { postHistograms } from "./routes/post-histograms.ts";
import { postLease } from "./routes/post-lease.ts";
import { postMetrics } from "./routes/post-metrics.ts";
import { postSilence } from "./routes/post-silence.ts";
import { postTake } from "./routes/post-take.ts";
import { postTimings } from "./routes/post-timings.ts";
import { putLimit } from "./routes/put-limit.ts";
import type { Scope } from "./tokens.ts";

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  /** What the token must be good for; `any` if it only has to be known. */
  readonly scope: Scope | "any";
  readonly handle: Handler;
}

/** Every route that needs a token. What they take and answer is described in `scripts/docs/openapi`. */
export const ROUTES: readonly Route[] = [
  { method: "GET", path: "/v1/whoami", scope: "any", handle: getWhoami },
  { method: "POST", path: "/v1/timings", scope: "ingest", handle: postTimings },
  { method: "POST", path: "/v1/histograms", scope: "ingest", handle: postHistograms },
  { method: "POST", path: "/v1/metrics", scope: "ingest", handle: postMetrics },
  { method: "GET", path: "/v1/live", scope: "read", handle: getLive },
  { method: "GET", path: "/v1/history", scope: "read", handle: getHistory },
  { method: "POST", path: "/v1/history/import", scope: "admin", handle: postHistoryImport },
  { method: "GET", path: "/v1/totals", scope: "read", handle: getTotals },
  { method: "GET", path: "/v1/export.hlog", scope: "read", handle: getExportHlog },
  { method: "GET", path: "/v1/stream", scope: "read", handle: getStream },
  { method: "GET", path: "/v1/limits", scope: "read", handle: getLimits },
  { method: "GET", path: "/v1/limits/:target", scope: "read", handle: getLimit },
  { method: "PUT", path: "/v1/limits/:target", scope: "admin", handle: putLimit },
  { method: "DELETE", path: "/v1/limits/:target", scope: "admin", handle: deleteLimit },
  { method: "POST", path: "/v1/limits/:target/take", scope: "ingest", handle: postTake },
  { method: "POST", path: "/v1/limits/:target/lease", scope: "ingest", handle: postLease },
  { method: "POST", path: "/v1/limits/:target/feedback", scope: "ingest", handle: postFeedback },
  {
    method: "DELETE",
    path: "/v1/limits/:target/feedback",
    scope: "admin",
    handle: deleteFeedback,
  },
  { method: "GET", path: "/v1/alerts", scope: "read", handle: getAlerts },
  { method: "GET", path: "/v1/alerts/history", scope: "read", handle: getAlertHistory },
  { method: "POST", path: "/v1/alerts/:id/acknowledge", scope: "admin", handle: postAcknowledge },
  { method: "GET", path: "/v1/rules", scope: "read", handle: getRules },
  { method: "POST", path: "/v1/rules/backtest", scope: "read", handle: postBacktest },
  { method: "GET", path: "/v1/silences", scope: "admin", handle: getSilences },
  { method: "POST", path: "/v1/silences", scope: "admin", handle: postSilence },
  { method: "GET", path: "/v1/silences/:id", scope: "admin", handle: getSilence },
  { method: "DELETE", path: "/v1/silences/:id", scope: "admin", handle: deleteSilence },
  { method: "GET", path: "/v1/notifications", scope: "read", handle: getNotifications },
  { method: "GET", path: "/v1/channels", scope: "read", handle: getChannels },
  { method: "POST", path: "/v1/channels/:name/test", scope: "admin", handle: postChannelTest },
  { method: "GET", path: "/v1/reports/daily", scope: "read", handle: getReportDaily },
  { method: "GET", path: "/v1/reports/weekly", scope: "read", handle: getReportWeekly },
  { method: "GET", path: "/v1/audit", scope: "admin", handle: getAudit },
  { method: "GET", path: "/api/performance/stats", scope: "read", handle: getPerformanceStats },
  { method: "GET", path: "/api/performance/cache-stats", scope: "read", handle: getCacheStats },
  { method: "GET", path: "/api/performance/query-stats", scope: "read", handle: getQueryStats },
  {
    method: "GET",
    path: "/api/performance/latency-summary",
    scope: "read",
    handle: getLatencySummary,
  },
  {
    method: "POST",
    path: "/api/performance/cache-invalidate",
    scope: "admin",
    handle: postCacheInvalidate,
  },
  { method: "GET", path: "/metrics", scope: "read", handle: getMetrics },
  { method: "GET", path: "/health/deep", scope: "read", handle: getHealthDeep },
];

type Answer = (request: RoutedRequest, env: Env, ctx: ExecutionContext) => Promise<Response>;

const router = Router<IRequest & Request, [Env, ExecutionContext]>({ catch: answerFailure });

/**
 * By method and path: how routes are answered whose path names no part. Nearly every request is for
 * one of them, and for each the router would try the routes before it and read the whole query.
 */
const direct = new Map<string, Answer>();

router.get("/health", () => Response.json({ status: "ok", version: VERSION }));
for (const route of ROUTES) addRoute(route);
for (const path of new Set(["/health", ...ROUTES.map((route) => route.path)])) {
  const allowed = allowedAt(path);
  router.all(path, (request) => problemResponse(methodNotAllowed(request.method, allowed)));
}
router.all("*", (request) =>
  problemResponse(notFound(`There is nothing at ${new URL(request.url).pathname}.`)),
);

function allowedAt(path: string): string[] {
  const routes = ROUTES.filter((route) => route.path === path);
  const methods = path === "/health" ? ["GET"] : routes.map(({ method }) => method);
  return methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
}

function addRoute({ method, path, scope, handle }: Route): void {
  const answer: Answer = async (request, env, ctx) => {
    const who = orThrow(authenticate(request, env.TOKENS, Date.now()));
    return withinPlan(env, ctx, who, async () => {
      try {
        if (scope !== "any") orThrow(requireScope(who, scope));
        return await handle(request, new Context(request, env, who));
      } catch (cause) {
        return answerFailure(cause);
      }
    });
  };
  if (!path.includes(":")) direct.set(`${method} ${path}`, answer);
  if (method === "GET") router.get(path, answer);
  else if (method === "POST") router.post(path, answer);
  else if (method === "PUT") router.put(path, answer);
  else router.delete(path, answer);
}

/** Reads the address only for whom it says something: what is reported is in the body. */
class Context implements RequestContext {
  readonly #request: Request;
  readonly env: Env;
  readonly who: Authenticated;

  constructor(request: Request, env: Env, who: Authenticated) {
    this.#request = request;
    this.env = env;
    this.who = who;
  }

  get url(): URL {
    return new URL(this.#request.url);
  }
}

function answerFailure(cause: unknown): Response {
  if (cause instanceof Problem) return problemResponse(cause);
  console.error("a request failed", cause);
  // What a Durable Object or D1 cannot do now, it can do soon: the runtime marks such failures.
  const isPassing =
    cause instanceof Error && ("retryable" in cause || "overloaded" in cause || "remote" in cause);
  return problemResponse(
    isPassing
      ? unavailable("A part of Tachograph did not answer; try again.", 1_000)
      : internalError(),
  );
}

/** Answers every HTTP request; `HEAD` as `GET` without the body. */
export async function handleRequest(
  request: Request,
  env: Env,
  ctx: ExecutionContext,
): Promise<Response> {
  if (request.method !== "HEAD") return answerRequest(request, env, ctx);
  const answer = await answerRequest(new Request(request, { method: "GET" }), env, ctx);
  await answer.body?.cancel();
  return new Response(null, answer);
}

/** What is not spelled as in the table, as with a slash at its end, is the router's to match. */
async function answerRequest(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const answer = direct.get(`${request.method} ${pathOf(request.url)}`);
  if (answer === undefined) return router.fetch(request, env, ctx);
  try {
    return await answer(request, env, ctx);
  } catch (cause) {
    return answerFailure(cause);
  }
}

/** The path of an absolute URL as it is spelled, which costs less than a `URL` does. */
function pathOf(url: string): string {
  const query = url.indexOf("?");
  const end = query === -1 ? url.length : query;
  return url.slice(url.indexOf("/", url.indexOf("//") + 2), end);
}
