import type { WhoamiAnswer } from "../../src/api/whoami-answer.ts";
import { useSession } from "./session.ts";
import { type Asked, useAnswer } from "./use-answer.ts";

/** Whose token was signed in with, and what it is good for; whoever asks gets the same answer. */
export function useWhoAmI(): Asked<WhoamiAnswer> {
  const session = useSession();
  return useAnswer("whoami", () => session.whoAmI());
}
