import { notFound, type Problem } from "./problem.ts";

/** 404 for an id that no silence has. */
export function noSilence(): Problem {
  return notFound("No silence has this id: it is over, or never was. GET /v1/silences lists them.");
}
