/** What to do about a day that is there already, to callers of the API; the terminal says it its way. */
export const MERGE_ADVICE = "If these are others, send merge=1: then both are added up.";
