import type { Type } from "typescript/unstable/sync";
import { configSchema } from "../../src/config-schema.ts";
import { planRule } from "../../src/limits/plan-limits.ts";
import { defaultLimit, LIMITED_BY_DEFAULT } from "../../src/limits/default-limits.ts";
import { PLANS } from "../../src/api/tokens.ts";
import { channelSections, secretsOf } from "./channel-sections.ts";
import { environmentOf, exampleVariables, SHELL_VARIABLES } from "./environment.ts";
import { code, generatedNote, table } from "./markdown.ts";
import { orderedSettings } from "./ordered-settings.ts";
import { ruleSections } from "./rule-sections.ts";
import { type Setting, settingsOf } from "./setting.ts";
import { settingRows } from "./setting-rows.ts";
import type { TypeSchemas } from "./type-schemas.ts";

/** Keys that have a section of their own. */
const SECTIONS: Readonly<Record<string, string>> = {
  "alerts.rules": "[Rules](#rules)",
  channels: "[Channels](#channels)",
};

const INTRODUCTION = `# Configuration

What can be set, where, and what it is if nobody sets it. Everything has a default or says that it is required.

- **\`tachograph.config.ts\`** holds the [settings](#settings), [rules](#rules) and [channels](#channels). It is checked when the Worker starts and by \`npm start\`: a mistake stops it with the key's name and what would be right. It is part of the deployment: \`npx wrangler deploy\` makes a change take effect.
- **Secrets and variables** ([environment](#environment)) hold what does not belong into a repository: \`npx wrangler secret put NAME\`, locally a line in \`.dev.vars\`.
- **\`wrangler.toml\`** holds the [bindings](#bindings).
- At run time \`PUT /v1/limits/{target}\` overrides a limit, and silences keep alerts quiet: [api.md](api.md).

Durations are milliseconds and end in \`Ms\`; a name is 1 to 64 of \`a-z 0-9 _ . : -\` and begins with a letter or digit.`;

/**
 * The page of everything that can be set.
 * @param rootDir - of the repository, for what is no type.
 * @throws Error that names a key, variable or binding that is not described, or not truly.
 */
export function configPage(types: TypeSchemas, rootDir: string): string {
  const settings = settingsOf(
    types,
    configSchema,
    types.typeOf("src/config.ts", "TachographConfig"),
    "",
  );
  const order = orderedSettings(configSchema, settings);
  const lines = [
    ...generatedNote("the schemas and types of the configuration"),
    INTRODUCTION,
    "",
    "## Settings",
    "",
    ...table(["key", "value", "default", "meaning"], settingRows(topLevel(settings), SECTIONS)),
    ...groupsOf(settings).flatMap((name) => groupSection(name, settings, order)),
    ...planSection(),
    ...ruleSections(types),
    ...channelSections(types, channelType(types)),
    ...environmentSection(types, rootDir),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

/** What has no group of its own. */
function topLevel(settings: readonly Setting[]): readonly Setting[] {
  const groups = groupsOf(settings);
  return settings.filter(({ path }) => !path.includes(".") && !groups.includes(path));
}

function groupsOf(settings: readonly Setting[]): readonly string[] {
  const nested = settings.filter(({ path }) => path.includes("."));
  return [...new Set(nested.map(({ path }) => path.slice(0, path.indexOf("."))))];
}

function groupSection(
  name: string,
  settings: readonly Setting[],
  order: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const group = settings.find(({ path }) => path === name);
  const own = settings.filter(({ path }) => path.startsWith(`${name}.`));
  const ordered = own.map((setting) => withOrder(setting, order.get(setting.path) ?? []));
  return [
    `### ${code(name)}`,
    "",
    group?.meaning ?? "",
    "",
    ...table(["key", "value", "default", "meaning"], settingRows(ordered, SECTIONS)),
    ...(name === "targets" ? defaultLimits() : []),
  ];
}

function withOrder(setting: Setting, above: readonly string[]): Setting {
  if (above.length === 0) return setting;
  const most = above.map((name) => code(name)).join(" and ");
  return { ...setting, allowed: `${setting.allowed}, and at most ${most}` };
}

function defaultLimits(): readonly string[] {
  const rows = LIMITED_BY_DEFAULT.map((target) => {
    const rule = defaultLimit(target);
    return [code(target), String(rule?.capacity), String(rule?.refillPerMinute)];
  });
  return [
    "Targets that have a limit unless it is set here:",
    "",
    ...table(["target", "`capacity`", "`refillPerMinute`"], rows),
  ];
}

function planSection(): readonly string[] {
  const rows = PLANS.map((plan) =>
    plan === "unlimited"
      ? [code(plan), "no limit"]
      : [
          code(plan),
          `${planRule(plan).capacity} at once, ${planRule(plan).refillPerMinute} a minute`,
        ],
  );
  return [
    "### Plans",
    "",
    "What a token's `plan` allows its tenant to ask of this API. They cannot be configured.",
    "",
    ...table(["plan", "requests"], rows),
  ];
}

function channelType(types: TypeSchemas): Type {
  return types.typeOf("src/notify/channel-config.ts", "ChannelConfig");
}

function environmentSection(types: TypeSchemas, rootDir: string): readonly string[] {
  const { variables, bindings } = environmentOf(types);
  const secrets = secretsOf(types, channelType(types));
  checkExample(
    [...variables.map(({ name }) => name), ...secrets.map(({ name }) => name)],
    exampleVariables(rootDir),
  );
  const rows = (list: readonly { readonly name: string; readonly meaning: string }[]): string[][] =>
    list.map(({ name, meaning }) => [code(name), meaning]);
  return [
    "## Environment",
    "",
    "### Variables and secrets",
    "",
    "In production `npx wrangler secret put NAME`, locally in `.dev.vars` (`npm start` makes it of `.dev.vars.example`).",
    "",
    ...table(["name", "meaning"], rows(variables)),
    "Those of channels, under the names that they have unless the channel says another one:",
    "",
    ...table(["name", "meaning"], rows(secrets)),
    "### Bindings",
    "",
    "Of `wrangler.toml`; `npm run types` writes their types.",
    "",
    ...table(["name", "meaning"], rows(bindings)),
    "A channel of the type `email` needs one more, a `[[send_email]]` with the name that its `binding` says.",
    "",
    "### Shell",
    "",
    ...table(["name", "meaning"], rows(SHELL_VARIABLES)),
  ];
}

/** @throws Error that names a variable that one of both lacks. */
function checkExample(known: readonly string[], example: readonly string[]): void {
  const missing = known.find((name) => !example.includes(name));
  if (missing !== undefined) throw new Error(`.dev.vars.example does not name ${missing}.`);
  const unknown = example.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`Nothing reads ${unknown} of .dev.vars.example.`);
}
