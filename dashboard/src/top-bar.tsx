import { FreshnessPill } from "./frame/freshness-pill.tsx";
import { SettingsMenu } from "./frame/settings-menu.tsx";
import { StateTold } from "./frame/state-told.tsx";
import { WhoIsSignedIn } from "./frame/who-is-signed-in.tsx";
import { messages, useMessages } from "./i18n/language.ts";
import { Choice } from "./parts/choice.tsx";
import { RANGE_NAMES } from "./range.ts";
import { useLive } from "./session.ts";
import { useSetView, useView } from "./view.ts";

const TEXTS = messages(
  {
    skip: "Skip to the content",
    signOut: "Sign out",
    range: "Range",
    live: "live",
    "1h": "1 h",
    "6h": "6 h",
    "24h": "24 h",
    "7d": "7 d",
    "30d": "30 d",
    "90d": "90 d",
  },
  {
    skip: "Ir para o conteúdo",
    signOut: "Sair",
    range: "Período",
    live: "ao vivo",
    "1h": "1 h",
    "6h": "6 h",
    "24h": "24 h",
    "7d": "7 d",
    "30d": "30 d",
    "90d": "90 d",
  },
);

/** The bar that stays in sight: how fresh the page is, of when, and whose. */
export function TopBar({
  isSignedIn,
  onSignOut,
}: {
  readonly isSignedIn: boolean;
  readonly onSignOut: () => void;
}) {
  const texts = useMessages(TEXTS);
  return (
    <>
      <a class="skip" href="#main">
        {texts.skip}
      </a>
      <header class="bar">
        <h1>
          <img src="/favicon.svg" alt="" width="24" height="24" /> <span>Tachograph</span>
        </h1>
        {isSignedIn && (
          <>
            <FreshnessPill />
            <RangeChoice />
          </>
        )}
        {isSignedIn ? <TenantMenu /> : <SettingsMenu label="">{null}</SettingsMenu>}
        {isSignedIn && (
          <button id="sign-out" type="button" class="quiet" onClick={onSignOut}>
            {texts.signOut}
          </button>
        )}
      </header>
      <p id="announcement" class="visually-hidden" role="status">
        {isSignedIn && <StateTold />}
      </p>
    </>
  );
}

function TenantMenu() {
  const tenant = useLive(({ latest }) => latest?.tenant) ?? "";
  return (
    <SettingsMenu label={tenant}>
      <WhoIsSignedIn />
    </SettingsMenu>
  );
}

function RangeChoice() {
  const texts = useMessages(TEXTS);
  const { range } = useView();
  const setView = useSetView();
  return (
    <Choice
      name="range"
      legend={texts.range}
      options={RANGE_NAMES.map((value) => ({ value, label: texts[value] }))}
      value={range}
      onChange={(chosen) => setView({ range: chosen })}
    />
  );
}
