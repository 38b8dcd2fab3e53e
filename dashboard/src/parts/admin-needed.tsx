import { messages, useMessages } from "../i18n/language.ts";
import { useSession } from "../session.ts";

const TEXTS = messages(
  {
    why: "This needs a token with the scope admin; the one you signed in with may only read.",
    signIn: "Sign in with another token",
    left: "Sign in with a token that has the scope admin.",
  },
  {
    why: "Isto exige um token com o escopo admin; o que você usou para entrar só pode ler.",
    signIn: "Entrar com outro token",
    left: "Entre com um token que tenha o escopo admin.",
  },
);

/** Says which token is needed where the one that was used may not do something. */
export function AdminNeeded({
  detail = "",
}: {
  /** What the server said of it. */
  readonly detail?: string;
}) {
  const texts = useMessages(TEXTS);
  const { leave } = useSession();
  return (
    <div class="admin-needed">
      <p>{texts.why}</p>
      {detail !== "" && <p class="hint">{detail}</p>}
      <button type="button" class="quiet" onClick={() => leave(texts.left)}>
        {texts.signIn}
      </button>
    </div>
  );
}
