import * as v from "valibot";

/**
 * A field that is printed or passed on and never decided by: any text will do, since a newer server
 * may know more words for it.
 */
export function anyWord<Word extends string>(): v.GenericSchema<unknown, Word> {
  return v.custom<Word>((value) => typeof value === "string", "Expected a text");
}
