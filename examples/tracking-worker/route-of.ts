/** What a request is for. Its time is recorded under this name, so there are few of them. */
export type Route =
  | "track"
  | "jobs"
  | "attribution"
  | "platforms"
  | "health"
  | "health-deep"
  | "hooks"
  | "control"
  | "help"
  | "other";

const EXACT: ReadonlyMap<string, Route> = new Map([
  ["/", "help"],
  ["/track", "track"],
  ["/health", "health"],
  ["/health/deep", "health-deep"],
  ["/hooks/heal", "hooks"],
]);

const BELOW: readonly (readonly [path: RegExp, route: Route])[] = [
  [/^\/api\/jobs\//, "jobs"],
  [/^\/api\/attribution(\/|$)/, "attribution"],
  [/^\/api\/platforms(\/|$)/, "platforms"],
  [/^\/control(\/|$)/, "control"],
];

/** By the path alone: whether the method fits is the route's own affair. */
export function routeOf({ url }: Request): Route {
  const { pathname } = new URL(url);
  return EXACT.get(pathname) ?? BELOW.find(([path]) => path.test(pathname))?.[1] ?? "other";
}
