import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TypeSchemas } from "./type-schemas.ts";

/** Something that a Worker is given beside its code. */
export interface Binding {
  readonly name: string;
  readonly meaning: string;
}

/** What is told of the bindings of `wrangler.toml`, of which `wrangler types` only knows the type. */
const BINDINGS: Readonly<Record<string, string>> = {
  DB: "D1: history, ended alerts, the audit trail. `wrangler d1 create tachograph` prints the id for `wrangler.toml`.",
  TIMING_SHARD: "Durable Objects: one for each shard of a target.",
  COORDINATOR: "Durable Objects: one for each tenant.",
  DISPATCHER: "Durable Objects: one for each tenant, which sends its messages.",
};

/** What the terminal, `npm start` and `wrangler` read of the shell that they run in. */
export const SHELL_VARIABLES: readonly Binding[] = [
  {
    name: "TACHOGRAPH_URL",
    meaning: "The terminal: where Tachograph is, unless `--url` says it.",
  },
  {
    name: "TACHOGRAPH_TOKEN",
    meaning: "The terminal: the token, so that it is in no list of processes.",
  },
  {
    name: "NO_COLOR, FORCE_COLOR",
    meaning: "The terminal: no colours, or colours where none would be.",
  },
  {
    name: "WEBHOOK_SECRET",
    meaning: "`npm start --webhook URL`: the key of that receiver.",
  },
];

/** What the Worker's `Env` holds: variables and secrets, and the bindings of `wrangler.toml`. */
export interface Environment {
  readonly variables: readonly Binding[];
  readonly bindings: readonly Binding[];
}

/**
 * Reads `Env` as it is declared.
 * @throws Error that names what is declared and not described, or the other way round.
 */
export function environmentOf(types: TypeSchemas): Environment {
  const members = types
    .members(types.typeOf("src/worker.ts", "Env"))
    .filter(({ file }) => !file.startsWith("test/"));
  const isBinding = ({ file }: { readonly file: string }): boolean => !file.startsWith("src/");
  const bindings = members.filter(isBinding).map(({ name }) => {
    const meaning = BINDINGS[name];
    if (meaning === undefined) throw new Error(`scripts/docs/environment.ts lacks ${name}.`);
    return { name, meaning };
  });
  const stale = Object.keys(BINDINGS).find((name) => !bindings.some((one) => one.name === name));
  if (stale !== undefined) throw new Error(`wrangler.toml has no binding ${stale} any more.`);
  const variables = members
    .filter((member) => !isBinding(member))
    .map(({ name, doc }) => {
      if (doc === "") throw new Error(`src/env.d.ts does not say what ${name} is.`);
      return { name, meaning: doc };
    });
  return { variables, bindings };
}

/**
 * The variables that `.dev.vars.example` names, set or as a comment.
 * @param rootDir - of the repository.
 */
export function exampleVariables(rootDir: string): readonly string[] {
  const text = readFileSync(join(rootDir, ".dev.vars.example"), "utf8");
  return [...text.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name = ""]) => name);
}
