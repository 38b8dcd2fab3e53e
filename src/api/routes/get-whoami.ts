import { config } from "../../configured.ts";
import type { Handler } from "../context.ts";
import type { WhoamiAnswer } from "../whoami-answer.ts";

/** `GET /v1/whoami`: what the token is good for. Any token may ask; it says nothing of others. */
export const getWhoami: Handler = (_request, { who }) => {
  const { tenant, scopes, plan, expiresAt } = who;
  const { traceUrl } = config.messages;
  const link = traceUrl === null ? {} : { traceUrl };
  const historyDays = config.retention.daysDays;
  const answer: WhoamiAnswer = { tenant, scopes, plan, expiresAt, historyDays, ...link };
  return Promise.resolve(Response.json(answer));
};
