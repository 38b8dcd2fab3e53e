import { useWhoAmI } from "../../use-who-am-i.ts";

/** Whether the token may change anything; `unknown` until the server has said so. */
export type Access = "admin" | "read" | "unknown";

/** What the signed-in token may do. */
export function useAccess(): Access {
  const { answer } = useWhoAmI();
  if (answer === undefined) return "unknown";
  return answer.scopes.includes("admin") ? "admin" : "read";
}
