import { describe, expect, it } from "vitest";
import { routeOf } from "../../../examples/tracking-worker/route-of.ts";
import { isName } from "../../../src/names.ts";

describe("routeOf", () => {
  it.each([
    ["/", "help"],
    ["/track", "track"],
    ["/track?a=/health", "track"],
    ["/track/", "other"],
    ["/health", "health"],
    ["/health/deep", "health-deep"],
    ["/health/deeper", "other"],
    ["/hooks/heal", "hooks"],
    ["/hooks", "other"],
    ["/api/jobs/dead", "jobs"],
    ["/api/jobs", "other"],
    ["/api/attribution", "attribution"],
    ["/api/attribution/journeys/v1", "attribution"],
    ["/api/attributions", "other"],
    ["/api/platforms", "platforms"],
    ["/api/platforms/meta/pause", "platforms"],
    ["/control", "control"],
    ["/control/meta", "control"],
    ["/controls", "other"],
    ["/toString", "other"],
  ])("files %s under %s", (path, route) => {
    expect(routeOf(new Request(`https://example.com${path}`))).toBe(route);
    expect(isName(route)).toBe(true);
  });
});
