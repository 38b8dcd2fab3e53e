import { ALERTS } from "./alert-routes.ts";
import { EXPOSITION } from "./exposition-routes.ts";
import { INGEST } from "./ingest-routes.ts";
import { LIMITS } from "./limit-routes.ts";
import { LIVE } from "./live-routes.ts";
import { OPERATIONS } from "./operation-routes.ts";
import { PERFORMANCE } from "./performance-routes.ts";
import type { RouteGroup } from "./route-description.ts";

/** Every route that is described, in the order of the page. */
export const ROUTE_GROUPS: readonly RouteGroup[] = [
  INGEST,
  LIMITS,
  LIVE,
  ALERTS,
  PERFORMANCE,
  EXPOSITION,
  OPERATIONS,
];
