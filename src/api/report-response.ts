import { LANGUAGES } from "../alerts/rule.ts";
import { config } from "../configured.ts";
import { targetKind } from "../config.ts";
import { DeadlineError, withDeadline } from "../deadline.ts";
import { buildReport } from "../reports/build-report.ts";
import { reportHtml, reportMarkdown } from "../reports/render-report.ts";
import { readReportInput } from "../reports/report-input.ts";
import type { PeriodReport } from "../reports/report.ts";
import { type ReportSlot, ReportTimetable } from "../reports/report-timetable.ts";
import type { RequestContext } from "./context.ts";
import { negotiate } from "./negotiate.ts";
import { queryChoice } from "./parse-query.ts";
import { invalidQuery, notAcceptable, orThrow, unavailable } from "./problem.ts";
import { StoredReportSource } from "./stored-report-source.ts";

const MEDIA_TYPES = ["application/json", "text/markdown", "text/html"] as const;

/** How long reading a report may take before whoever waits for it is told to come again. */
const DEADLINE_MS = 25_000;

/**
 * The page is served from where the dashboard is: it may do nothing and fetch nothing, whatever is
 * in it. A mail has no style sheet, so styles stand in its elements.
 */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'; sandbox";

/** When reports leave and which days they are about, by this configuration. */
export function configuredTimetable(): ReportTimetable {
  return new ReportTimetable({ ...config.reports, timeZone: config.messages.timeZone });
}

/**
 * Answers with the report about a stretch of time, as JSON, Markdown or HTML.
 * @param parameter the query parameter that names the stretch.
 * @throws Problem 400 if it has not begun, 406, 503
 */
export async function reportResponse(
  request: Request,
  { env, who, url }: RequestContext,
  slot: ReportSlot,
  parameter: "date" | "week",
): Promise<Response> {
  const language =
    orThrow(queryChoice(url.searchParams, "language", LANGUAGES)) ?? config.messages.language;
  const type = negotiate(request.headers.get("Accept"), MEDIA_TYPES);
  if (type === undefined) throw notAcceptable(MEDIA_TYPES);
  const nowMs = Date.now();
  if (slot.range.from > nowMs) throw invalidQuery(parameter, "must not be in the future");
  const source = new StoredReportSource(env, who.tenant, () => nowMs);
  const { timeZone, dashboardUrl } = config.messages;
  const read = readReportInput(source, {
    tenant: who.tenant,
    timeZone,
    slot,
    nowMs,
    kindOf: (target) => targetKind(config, target),
  });
  const report = buildReport(await inTime(read));
  const body = bodyOf(type, report, { language, dashboardUrl });
  return new Response(body, {
    headers: {
      "Content-Type": `${type}; charset=utf-8`,
      "Content-Security-Policy": CONTENT_SECURITY_POLICY,
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
      "Cache-Control": "no-store",
      Vary: "Accept",
      ...(type === "application/json" ? {} : { "Content-Language": language }),
    },
  });
}

function bodyOf(
  type: (typeof MEDIA_TYPES)[number],
  report: PeriodReport,
  options: Parameters<typeof reportHtml>[1],
): string {
  switch (type) {
    case "application/json":
      return JSON.stringify(report);
    case "text/markdown":
      return reportMarkdown(report, options);
    case "text/html":
      return reportHtml(report, options);
  }
}

async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await withDeadline(work, DEADLINE_MS, "the report");
  } catch (cause) {
    if (!(cause instanceof DeadlineError)) throw cause;
    throw unavailable("History is too slow to be read now; try again.", 10_000);
  }
}
