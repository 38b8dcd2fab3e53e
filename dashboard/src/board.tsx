import { SummaryTiles } from "./cards/summary-tiles.tsx";
import { Boundary } from "./parts/boundary.tsx";
import { lazyPart } from "./parts/lazy-part.tsx";
import { useSession } from "./session.ts";
import { useStore } from "./store.ts";

// Drawing charts takes most of the page's code: what tells how everything is does not wait for it.
const cards = lazyPart(async () => (await import("./cards/all-cards.tsx")).AllCards);

/** Fetches the code of the cards. Never throws: the board tells of what fails. */
export const loadCards = cards.load;

/** Everything that who is signed in sees below the bar. */
export function Board() {
  const isLive = useStore(useSession().freshness, (freshness) => freshness.isLive);
  return (
    <div id="live" data-live={isLive}>
      <Boundary>
        <SummaryTiles />
      </Boundary>
      <cards.Part />
    </div>
  );
}
