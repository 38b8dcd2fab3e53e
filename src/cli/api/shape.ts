import * as v from "valibot";

/**
 * What of an answer has to be there so that it can be shown. The server's version may differ from
 * this program's, so what is read is looked at before; the compiler holds the schema to the type.
 */
export class Shape<Answer> {
  readonly #schema: v.GenericSchema<unknown, Answer>;

  /** @param schema loose: there may be more fields. It only looks, and changes no value. */
  constructor(schema: v.GenericSchema<unknown, Answer>) {
    this.#schema = schema;
  }

  /** Whether a value can be read as an answer. */
  fits(value: unknown): value is Answer {
    return v.is(this.#schema, value);
  }

  /** What is wrong with a value that does not fit, in one line. */
  faultOf(value: unknown): string {
    const [issue] = v.safeParse(this.#schema, value, { abortEarly: true }).issues ?? [];
    if (issue === undefined) return "nothing";
    const path = v.getDotPath(issue);
    return path === null ? issue.message : `${path}: ${issue.message}`;
  }
}

/** What a shape says that an answer is. */
export type ShapeOf<Of> = Of extends Shape<infer Answer> ? Answer : never;
