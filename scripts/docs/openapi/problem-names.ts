import * as constructors from "../../../src/api/problem.ts";

/** What makes each kind of problem, called with whatever it needs. */
const MADE = {
  badRequest: constructors.badRequest(""),
  invalidBody: constructors.invalidBody("", []),
  invalidQuery: constructors.invalidQuery("", ""),
  unauthorized: constructors.unauthorized("", false),
  forbidden: constructors.forbidden(""),
  notFound: constructors.notFound(""),
  unknownLease: constructors.unknownLease(""),
  methodNotAllowed: constructors.methodNotAllowed("", []),
  notAcceptable: constructors.notAcceptable([]),
  conflict: constructors.conflict(""),
  payloadTooLarge: constructors.payloadTooLarge(""),
  unsupportedMediaType: constructors.unsupportedMediaType(""),
  unprocessable: constructors.unprocessable(""),
  tooManyRequests: constructors.tooManyRequests("", 0),
  unavailable: constructors.unavailable("", 0),
  internalError: constructors.internalError(),
  misconfigured: constructors.misconfigured(""),
} as const;

/** A kind of problem, by the function of `src/api/problem.ts` that makes it. */
export type ProblemName = keyof typeof MADE;

/** What is the same of every problem of a kind. */
export interface ProblemKind {
  readonly name: ProblemName;
  readonly status: number;
  readonly type: string;
  readonly title: string;
}

/** Every kind of problem, by status. */
export const PROBLEM_KINDS: readonly ProblemKind[] = namesOf(MADE)
  .map((name) => {
    const { status, type, title } = MADE[name];
    return { name, status, type, title };
  })
  .toSorted((left, right) => left.status - right.status);

/** One kind. */
export function problemKind(name: ProblemName): ProblemKind {
  const { status, type, title } = MADE[name];
  return { name, status, type, title };
}

/** Functions that make a problem and are not among {@link PROBLEM_KINDS}. */
export function unknownProblems(): readonly string[] {
  const others = ["Problem", "orThrow", "problemResponse"];
  return Object.keys(constructors).filter((name) => !others.includes(name) && !(name in MADE));
}

function namesOf<Known extends object>(known: Known): readonly (keyof Known)[] {
  const isName = (name: string): name is string & keyof Known => name in known;
  return Object.keys(known).filter(isName);
}
