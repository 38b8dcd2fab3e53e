import type { ChannelCommon, ChannelConfig } from "./channel-config.ts";

/** Fields that have no default, by the channels' types. */
interface RequiredFields {
  readonly whatsapp: "phoneNumberId" | "to" | "template";
  readonly resend: "from" | "to";
  readonly email: "from" | "to";
}

type RequiredOf<Type> = Type extends keyof RequiredFields ? RequiredFields[Type] : never;

type InputOf<Config> = Config extends { readonly type: infer Type }
  ? {
      readonly [
        Field in Exclude<keyof Config, "type" | keyof ChannelCommon> & RequiredOf<Type>
      ]: Config[Field];
    } & {
      readonly [Field in Exclude<keyof Config, "type" | RequiredOf<Type>>]?: NonNullable<
        Config[Field]
      >;
    } & { readonly type: Type }
  : never;

/** A channel as `tachograph.config.ts` says it: its type and what has no default are required. */
export type ChannelInput = InputOf<ChannelConfig>;
