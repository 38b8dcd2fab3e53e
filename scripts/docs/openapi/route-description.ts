import type { JsonSchema } from "../json-schema.ts";
import type { TypeSchemas } from "../type-schemas.ts";
import type { ProblemName } from "./problem-names.ts";

/** A part of a path, a query parameter or a header. */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly isRequired?: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
  /** Whether the entries of a list stand in one parameter, separated by commas. */
  readonly isJoined?: boolean;
  readonly example?: string | number | readonly string[];
}

/** What a request carries. */
export interface RequestBody {
  readonly description?: string;
  /** Whether there has to be one. */
  readonly isRequired: boolean;
  readonly maxBytes: number;
  /** By media type. */
  readonly content: Readonly<Record<string, JsonSchema>>;
  /** One that works, as JSON, or as text of the first media type. */
  readonly example: unknown;
}

/** A request that is refused, and how. */
export interface BadRequest {
  /** The body, as JSON, or as text. */
  readonly body: unknown;
  /** The kind of problem; undefined where its answer is none, and `status` says it. */
  readonly problem?: ProblemName;
  readonly status?: number;
  /** Where the fault is said to be; undefined where no `errors` say it. */
  readonly pointer?: string;
}

/** An answer to a request that was done. */
export interface Answer {
  readonly status: number;
  readonly description: string;
  /** By name, what they say. */
  readonly headers?: Readonly<Record<string, string>>;
  /** By media type; absent for an answer without a body. */
  readonly content?: Readonly<Record<string, JsonSchema>>;
}

/** What a problem of a route means there. */
export interface RouteProblem {
  readonly problem: ProblemName;
  readonly when: string;
  /** Members that it has beside the standard ones. */
  readonly extensions?: JsonSchema;
}

/** One route: everything but its path, method and scope, which the router knows. */
export interface RouteDescription {
  /** Ends the sentence that begins with its name; no full stop. */
  readonly summary: string;
  readonly details?: string;
  readonly parameters?: readonly Parameter[];
  readonly body?: RequestBody;
  readonly bad?: BadRequest;
  readonly answers: readonly Answer[];
  /** Its own; those that every route has are not repeated. */
  readonly problems?: readonly RouteProblem[];
}

/** Routes that belong together, by `METHOD /path`. */
export interface RouteGroup {
  readonly name: string;
  readonly description: string;
  readonly routes: (types: TypeSchemas) => Readonly<Record<string, RouteDescription>>;
}
