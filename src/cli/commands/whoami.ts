import type { Command } from "commander";
import * as v from "valibot";
import type { WhoamiAnswer } from "../../api/whoami-answer.ts";
import { anyWord } from "../api/any-word.ts";
import { Shape } from "../api/shape.ts";
import { examples } from "../args/examples.ts";
import { EXIT } from "../exit-code.ts";
import { formatDuration, formatTime } from "../output/format.ts";
import type { CliSession, Perform } from "../session.ts";

const WHOAMI = new Shape<WhoamiAnswer>(
  v.looseObject({
    tenant: v.string(),
    scopes: v.array(anyWord<WhoamiAnswer["scopes"][number]>()),
    plan: anyWord<WhoamiAnswer["plan"]>(),
    expiresAt: v.nullable(v.number()),
  }),
);

/** `tachograph whoami` */
export function addWhoami(program: Command, perform: Perform): void {
  program
    .command("whoami")
    .summary("whose the token is, and what it is good for")
    .description("Prints whose the token is, what it is good for, and when it ends.")
    .addHelpText("after", examples(["tachograph whoami", "tachograph whoami --json | jq .scopes"]))
    .action(() => perform(whoami));
}

async function whoami({ api, io, options, printer }: CliSession): Promise<number> {
  const answer = await api.read("/v1/whoami", WHOAMI);
  if (options.isJson) {
    printer.json(answer);
    return EXIT.ok;
  }
  const { tenant, scopes, plan, expiresAt } = answer;
  const ends =
    expiresAt === null
      ? "never"
      : `${formatTime(expiresAt)} (in ${formatDuration(expiresAt - io.nowMs())})`;
  printer.fields([
    ["at", options.url],
    ["tenant", tenant],
    ["scopes", scopes.join(", ")],
    ["plan", plan],
    ["ends", ends],
  ]);
  return EXIT.ok;
}
