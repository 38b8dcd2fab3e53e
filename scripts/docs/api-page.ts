import { curlCommand } from "./curl-command.ts";
import type { JsonSchema } from "./json-schema.ts";
import { anchorOf, code, fenced, generatedNote, table } from "./markdown.ts";
import {
  COMMON_PROBLEMS,
  type DescribedRoute,
  describedRoutes,
  problemSchema,
} from "./openapi/openapi-document.ts";
import { PROBLEM_KINDS, problemKind } from "./openapi/problem-names.ts";
import type { Answer, RouteProblem } from "./openapi/route-description.ts";
import { ROUTE_GROUPS } from "./openapi/route-groups.ts";
import { schemaText } from "./schema-text.ts";
import type { TypeSchemas } from "./type-schemas.ts";

const INTRODUCTION = `# API

Every call, what it takes and what it answers. The same for programs: [openapi.json](openapi.json) (OpenAPI 3.1), which a running Tachograph serves at \`/openapi.json\`.

- **Token.** \`Authorization: Bearer TOKEN\`. Scopes are \`ingest\`, \`read\` and \`admin\`, which includes the others. A token belongs to one tenant and sees nothing else.
- **Values.** JSON in camelCase. Points in time are epoch milliseconds; durations are milliseconds and end in \`Ms\`; rates are fractions from 0 to 1. A name is 1 to 64 of \`a-z 0-9 _ . : -\` and begins with a letter or digit. More may be added to any answer: ignore what you do not know.
- **Problems.** Every failure is \`application/problem+json\` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)): \`type\`, \`title\`, \`status\`, \`detail\`, and \`errors\` where the request is at fault. See [Problems](#problems).
- **Plans.** With a plan other than \`unlimited\` every answer has \`RateLimit-Policy\`, \`RateLimit\` and \`X-RateLimit-*\` of the policy \`"api"\`.
- **Examples** are for a shell with \`URL=http://127.0.0.1:8787\` and \`TOKEN=dev-admin\`, as \`npm start\` has them.
- \`HEAD\` is answered as \`GET\`, without the body. A method that a path does not take is 405 with \`Allow\`.`;

/** The page of every route. */
export function apiPage(types: TypeSchemas): string {
  const routes = describedRoutes(types);
  const lines = [
    ...generatedNote("the routes, their descriptions and the types of their answers"),
    INTRODUCTION,
    "",
    "## Calls",
    "",
    ...table(
      ["call", "scope", "does"],
      routes.map((route) => [
        `[${code(titleOf(route))}](#${anchorOf(titleOf(route))})`,
        route.scope,
        route.summary,
      ]),
    ),
    ...ROUTE_GROUPS.flatMap(({ name, description }) => [
      `## ${name}`,
      "",
      description,
      "",
      ...routes.filter(({ group }) => group === name).flatMap(routeSection),
    ]),
    ...problemSection(),
    "## Schemas",
    "",
    "Members that may be missing are marked with `?`.",
    "",
    ...Object.entries({ ...types.components(), Problem: problemSchema() }).flatMap(
      ([name, schema]) => schemaSection(name, schema),
    ),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function titleOf({ method, path }: DescribedRoute): string {
  return `${method} ${path}`;
}

function routeSection(route: DescribedRoute): readonly string[] {
  const { summary, details, scope, parameters = [], answers, problems = [] } = route;
  const needs = { none: "No token.", any: "Any token.", ingest: "", read: "", admin: "" }[scope];
  return [
    `### ${titleOf(route)}`,
    "",
    `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}. ${needs === "" ? `Scope ${code(scope)}.` : needs}${details === undefined ? "" : ` ${details}`}`,
    "",
    ...(parameters.length === 0
      ? []
      : table(
          ["parameter", "in", "value", "meaning"],
          parameters.map(({ name, in: where, isRequired, schema, description }) => [
            code(name),
            isRequired === true && where !== "path" ? `${where}, required` : where,
            schemaText(schema),
            description,
          ]),
        )),
    ...bodySection(route),
    ...fenced("sh", curlCommand(route)),
    ...answers.flatMap(answerSection),
    ...problemList(problems),
  ];
}

function bodySection({ body }: DescribedRoute): readonly string[] {
  if (body === undefined) return [];
  const { content, maxBytes, isRequired } = body;
  const types = Object.keys(content).map(code).join(" or ");
  return [
    `Body: ${types}, at most ${maxBytes.toLocaleString("en")} bytes${isRequired ? "" : "; may be left out"}.`,
    "",
    ...Object.values(content).flatMap((schema) => membersTable(schema)),
  ];
}

function answerSection({ status, description, headers, content = {} }: Answer): readonly string[] {
  const bodies = Object.entries(content).map(([type, schema]) => {
    // Its members are in a table below, or it is no JSON.
    const isPlain = schema.properties !== undefined || !type.endsWith("json");
    return isPlain && schema.$ref === undefined
      ? code(type)
      : `${code(type)}, ${schemaText(schema)}`;
  });
  const what = bodies.length === 0 ? "" : ` (${bodies.join("; ")})`;
  const named = Object.entries(headers ?? {}).map(([name, text]) => `- ${code(name)}: ${text}`);
  return [
    `**${status}**${what}: ${description}`,
    "",
    ...(named.length === 0 ? [] : [...named, ""]),
    ...Object.values(content).flatMap((schema) => membersTable(schema)),
  ];
}

function problemList(problems: readonly RouteProblem[]): readonly string[] {
  if (problems.length === 0) return [];
  return [
    ...problems.toSorted(byStatus).flatMap(({ problem, when, extensions }) => {
      const { status, type } = problemKind(problem);
      const members = Object.keys(extensions?.properties ?? {})
        .map(code)
        .join(", ");
      const beside = members === "" ? "" : ` Beside the standard members: ${members}.`;
      const named =
        extensions?.$ref === undefined ? "" : ` With the members of ${schemaText(extensions)}.`;
      return [`- **${status}** ${code(type)}: ${when}${beside}${named}`];
    }),
    "",
  ];
}

function byStatus(left: RouteProblem, right: RouteProblem): number {
  return problemKind(left.problem).status - problemKind(right.problem).status;
}

function problemSection(): readonly string[] {
  return [
    "## Problems",
    "",
    "Compare `type`; it is never fetched.",
    "",
    ...table(
      ["status", "type", "title"],
      PROBLEM_KINDS.map(({ status, type, title }) => [String(status), code(type), title]),
    ),
    "Every call that needs a token may answer these:",
    "",
    ...problemList(COMMON_PROBLEMS),
  ];
}

function schemaSection(name: string, schema: JsonSchema): readonly string[] {
  const { description } = schema;
  const members = membersTable(schema);
  return [
    `### ${name}`,
    "",
    ...(description === undefined ? [] : [description, ""]),
    ...(members.length > 0 ? members : [choicesOf(schema), ""]),
  ];
}

/** Of a choice among objects without names, the members of each. */
function choicesOf({ anyOf, ...schema }: JsonSchema): string {
  if (anyOf === undefined) return `${schemaText(schema)}.`;
  return anyOf.map((one) => `- ${inlineObject(one)}`).join("\n");
}

function inlineObject(schema: JsonSchema): string {
  if (schema.properties === undefined) return schemaText(schema);
  const members = Object.entries(schema.properties).map(
    ([name, one]) => `${code(name)} ${schemaText(one)}`,
  );
  return `object with ${members.join(", ")}`;
}

function membersTable(schema: JsonSchema, prefix = ""): readonly string[] {
  const rows = memberRows(schema, prefix);
  return rows.length === 0 ? [] : table(["member", "value", "meaning"], rows);
}

/** The members of objects without names are listed below their own. */
function memberRows(schema: JsonSchema, prefix: string): readonly (readonly string[])[] {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties).flatMap(([name, one]) => {
    const key = `${prefix}${name}`;
    const shown = `${key}${required.includes(name) ? "" : "?"}`;
    const byDefault =
      one.default === undefined ? "" : ` Default ${code(JSON.stringify(one.default))}.`;
    const row = [code(shown), schemaText(one), `${one.description ?? ""}${byDefault}`.trim()];
    const entry = one.items?.properties === undefined ? one : one.items;
    const below =
      one.$ref === undefined ? memberRows(entry, `${key}${entry === one ? "" : "[]"}.`) : [];
    return [row, ...below];
  });
}
