import { objectOf } from "../json-schema.ts";
import type { RouteDescription, RouteGroup } from "./route-description.ts";

/** How the system itself is. */
export const OPERATIONS: RouteGroup = {
  name: "Operations",
  description: "How Tachograph itself is, and what a token is good for.",
  routes: (types) => ({
    "GET /v1/whoami": {
      summary: "tells what the token is good for",
      answers: [
        {
          status: 200,
          description: "Whose it is.",
          content: {
            "application/json": types.schemaOf("src/api/whoami-answer.ts", "WhoamiAnswer"),
          },
        },
      ],
    },
    "GET /health/deep": {
      summary: "tells how each part is",
      answers: [
        {
          status: 200,
          description: "Every part is well.",
          content: { "application/json": types.schemaOf("src/api/deep-health.ts", "DeepHealth") },
        },
        {
          status: 503,
          description: "The same, with a part that is not.",
          content: { "application/json": types.schemaOf("src/api/deep-health.ts", "DeepHealth") },
        },
      ],
    },
  }),
};

/** The one call that needs no token; the router answers it by itself. */
export const HEALTH: RouteDescription = {
  summary: "tells that it is up, and touches nothing else",
  answers: [
    {
      status: 200,
      description: "It is.",
      content: {
        "application/json": objectOf({ status: { const: "ok" }, version: { type: "string" } }),
      },
    },
  ],
};
