import type { Handler } from "../context.ts";

/** `GET /v1/whoami`: what the token is good for. Any token may ask; it says nothing of others. */
export const getWhoami: Handler = (_request, { who }) => {
  const { tenant, scopes, plan, expiresAt } = who;
  return Promise.resolve(Response.json({ tenant, scopes, plan, expiresAt }));
};
