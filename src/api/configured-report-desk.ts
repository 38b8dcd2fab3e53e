import { targetKind } from "../config.ts";
import { config } from "../configured.ts";
import { ReportDesk } from "../reports/report-desk.ts";
import { StoredReportSource } from "./stored-report-source.ts";

/** Who makes a tenant's reports, as this deployment is configured. */
export function configuredReportDesk(env: Env, tenant: string, now: () => number): ReportDesk {
  const { language, timeZone, dashboardUrl } = config.messages;
  return new ReportDesk({
    tenant,
    timetable: { ...config.reports, timeZone },
    render: { language, dashboardUrl },
    source: new StoredReportSource(env, tenant, now),
    kindOf: (target) => targetKind(config, target),
  });
}
