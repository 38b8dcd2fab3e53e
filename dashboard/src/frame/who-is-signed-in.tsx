import { useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";
import { useSession } from "../session.ts";
import { useWhoAmI } from "../use-who-am-i.ts";

const TEXTS = messages(
  {
    signedIn: (tenant: string, scopes: string, plan: string) =>
      `Tenant ${tenant}, scope ${scopes}, plan ${plan}.`,
    expires: (clock: string) => `The token is good until ${clock}.`,
    unknown: "Who is signed in is not known:",
  },
  {
    signedIn: (tenant, scopes, plan) => `Tenant ${tenant}, escopo ${scopes}, plano ${plan}.`,
    expires: (clock) => `O token vale até ${clock}.`,
    unknown: "Não se sabe quem entrou:",
  },
);

/** Whose numbers are shown, and what the token is good for. */
export function WhoIsSignedIn() {
  const session = useSession();
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const { answer, fault } = useWhoAmI();
  if (answer === undefined) {
    return fault === "" ? null : (
      <p class="hint">
        {texts.unknown} {fault}
      </p>
    );
  }
  const { tenant, scopes, plan, expiresAt } = answer;
  return (
    <p id="who">
      {texts.signedIn(tenant, scopes.join(" + "), plan)}
      {expiresAt !== null && ` ${texts.expires(format.clock(expiresAt, session.nowMs()))}`}
    </p>
  );
}
