import type { DescribedRoute } from "./openapi/openapi-document.ts";

/** How a route is called from a shell, with what it requires. */
export function curlCommand(route: DescribedRoute): string {
  const { method, scope, answers, body } = route;
  const isStream = answers.some(({ content = {} }) => "text/event-stream" in content);
  const [type = "", ...others] = Object.keys(body?.content ?? {});
  return [
    "curl",
    ...(method === "GET" ? [] : [`-X ${method}`]),
    ...(isStream ? ['-N -H "Accept: text/event-stream"'] : []),
    ...(scope === "none" ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    // Elsewhere a body is what the route takes, whatever it is called.
    ...(others.length === 0 ? [] : [`-H "Content-Type: ${type}"`]),
    addressOf(route),
    ...(body === undefined ? [] : [dataOf(body.example)]),
  ].join(" ");
}

function addressOf({ path, parameters = [] }: DescribedRoute): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
    String(parameters.find((one) => one.name === name)?.example ?? whole),
  );
  const required = parameters.filter((one) => one.in === "query" && one.isRequired === true);
  const search = required.map(({ name, example }) => `${name}=${String(example)}`).join("&");
  return `"$URL${filled}${search === "" ? "" : `?${search}`}"`;
}

function dataOf(example: unknown): string {
  return typeof example === "string" ? "--data-binary @FILE" : `-d '${JSON.stringify(example)}'`;
}
