import { ruleBody } from "../../alerts/rule-schema.ts";
import { config } from "../../configured.ts";
import type { Handler } from "../context.ts";

/**
 * `GET /v1/rules`: every rule that is evaluated, with all its fields, as `tachograph.config.ts` and
 * `POST /v1/rules/backtest` take it.
 */
export const getRules: Handler = () =>
  Promise.resolve(Response.json({ rules: config.alerts.rules.map(ruleBody) }));
