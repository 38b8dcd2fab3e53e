import { addDays, isoWeekOf } from "../../reports/local-date.ts";
import type { Handler } from "../context.ts";
import { queryWeek } from "../parse-report-query.ts";
import { orThrow } from "../problem.ts";
import { configuredTimetable, reportResponse } from "../report-response.ts";

/** `GET /v1/reports/weekly[?week=YYYY-Www][&language=en|pt-BR]`; last week's by default. */
export const getReportWeekly: Handler = async (request, context) => {
  const timetable = configuredTimetable();
  const asked = orThrow(queryWeek(context.url.searchParams, "week"));
  const week = asked ?? isoWeekOf(addDays(timetable.dayOf(Date.now()), -7));
  return reportResponse(request, context, timetable.weekly(week), "week");
};
