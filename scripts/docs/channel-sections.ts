import type { Type } from "typescript/unstable/sync";
import { CHANNEL_TYPES, type ChannelType } from "../../src/notify/channel-config.ts";
import { channelsSchema } from "../../src/notify/channel-schema.ts";
import type { Binding } from "./environment.ts";
import { code, table } from "./markdown.ts";
import { entryIn, fieldsIn } from "./schema-nodes.ts";
import { type Setting, settingsOfFields } from "./setting.ts";
import { settingRows } from "./setting-rows.ts";
import type { TypeSchemas } from "./type-schemas.ts";

const INTRODUCTION = `## Channels

\`channels\` has where alerts and reports are sent, by names of one's own. A field that ends in \`Secret\` holds the *name* of a secret and never the secret itself. How each receiver is set up is in [alerts.md](alerts.md#each-channel); \`POST /v1/channels/{name}/test\` sends a test message.

\`\`\`ts
channels: { chat: { type: "slack", severities: ["CRITICAL", "HIGH"] } },
\`\`\``;

/** Every type of channel with its fields. */
export function channelSections(types: TypeSchemas, config: Type): readonly string[] {
  const common = types.members(types.typeOf("src/notify/channel-config.ts", "ChannelCommon"));
  const shared = new Set(common.map(({ name }) => name));
  const byType = CHANNEL_TYPES.map((type) => [type, settingsOf(types, config, type)] as const);
  const [first] = byType;
  const everywhere = (first?.[1] ?? []).filter(({ path }) => shared.has(path));
  const differing = everywhere.filter(
    ({ path }) => new Set(byType.map(([, list]) => defaultOf(list, path))).size > 1,
  );
  const rows = settingRows(
    everywhere.map((setting) =>
      differing.includes(setting) ? { ...setting, byDefault: undefined } : setting,
    ),
  );
  return [
    INTRODUCTION,
    "",
    "### Of every channel",
    "",
    ...table(
      ["key", "value", "default", "meaning"],
      [
        [
          code("type"),
          `one of ${CHANNEL_TYPES.join(", ")}`,
          "required",
          "What it is sent through.",
        ],
        ...rows,
      ],
    ),
    `The defaults of ${differing.map(({ path }) => code(path)).join(" and ")} depend on the type.`,
    "",
    ...byType.flatMap(([type, settings]) => [
      `### ${code(type)}`,
      "",
      `By default ${differing.map(({ path }) => `${code(path)} is ${code(defaultOf(settings, path))}`).join(", ")}.`,
      "",
      ...table(
        ["key", "value", "default", "meaning"],
        settingRows(settings.filter(({ path }) => !shared.has(path))),
      ),
    ]),
  ];
}

/** The secrets that channels read unless they say another name. */
export function secretsOf(types: TypeSchemas, config: Type): readonly Binding[] {
  return CHANNEL_TYPES.flatMap((type) =>
    settingsOf(types, config, type).flatMap(({ path, byDefault, meaning }) => {
      if (!path.endsWith("Secret") || byDefault === undefined || byDefault === "null") return [];
      return [
        {
          name: byDefault.replaceAll('"', ""),
          meaning: `${code(type)}: ${withoutBinding(meaning)}`,
        },
      ];
    }),
  );
}

/** The fields of one type, but for the type itself. */
function settingsOf(types: TypeSchemas, config: Type, type: ChannelType): readonly Setting[] {
  const channel = entryIn(channelsSchema);
  const { type: _, ...fields } = (channel && fieldsIn(channel, { type })) ?? {};
  const own = types
    .alternatives(config)
    .find((one) => types.members(one).some((member) => isCalled(member.type, type)));
  if (own === undefined) throw new Error(`ChannelConfig has no type ${type}.`);
  return settingsOfFields(types, fields, own, "");
}

function isCalled(type: Type, name: ChannelType): boolean {
  return type.isStringLiteralType() && type.value === name;
}

function defaultOf(settings: readonly Setting[], path: string): string {
  return settings.find((setting) => setting.path === path)?.byDefault ?? "";
}

/** What a binding holds, without the word for it. */
function withoutBinding(meaning: string): string {
  return meaning.replace(/^Binding with /, "");
}
