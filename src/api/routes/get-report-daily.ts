import { addDays } from "../../reports/local-date.ts";
import type { Handler } from "../context.ts";
import { queryDate } from "../parse-report-query.ts";
import { invalidQuery, orThrow } from "../problem.ts";
import { configuredTimetable, reportResponse } from "../report-response.ts";

/** `GET /v1/reports/daily[?date=YYYY-MM-DD][&language=en|pt-BR]`; yesterday's by default. */
export const getReportDaily: Handler = async (request, context) => {
  const timetable = configuredTimetable();
  const asked = orThrow(queryDate(context.url.searchParams, "date"));
  const slot = timetable.daily(asked ?? addDays(timetable.dayOf(Date.now()), -1));
  if (slot === undefined) {
    throw invalidQuery("date", `is a day that the calendar of ${timetable.timeZone} skips`);
  }
  return reportResponse(request, context, slot, "date");
};
