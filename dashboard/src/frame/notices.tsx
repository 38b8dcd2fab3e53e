import { useFormat } from "../i18n/format.ts";
import { messages, useMessages } from "../i18n/language.ts";
import { useLive, useSession } from "../session.ts";
import { useStore } from "../store.ts";
import type { LiveState } from "../../../src/stream/live-state.ts";
import { isOldAge, minutesOff, type Notice, noticesOf, secondsLate } from "./notices-of.ts";

/** Names that are told; of more, how many there are. */
const MAX_NAMES = 5;

const MINUTE_MS = 60_000;

const NONE: readonly string[] = [];

const TEXTS = messages(
  {
    old: "The server sends, but what it sends is old: its coordinator or a shard is behind.",
    late: (by: string) =>
      `What the server sends arrives ${by} late: something on the way holds it back.`,
    ahead: (by: string) =>
      `This device's clock is ${by} ahead of the server's. Times shown are the server's.`,
    behind: (by: string) =>
      `This device's clock is ${by} behind the server's. Times shown are the server's.`,
    missing: (names: string) => `Not in these numbers, because they do not answer: ${names}.`,
    more: (count: string) => `and ${count} more`,
  },
  {
    old: "O servidor envia, mas os dados são antigos: o coordenador ou um shard está atrasado.",
    late: (by) =>
      `O que o servidor envia chega com ${by} de atraso: algo no caminho está segurando os dados.`,
    ahead: (by) =>
      `O relógio deste dispositivo está ${by} adiantado em relação ao do servidor. Os horários exibidos são os do servidor.`,
    behind: (by) =>
      `O relógio deste dispositivo está ${by} atrasado em relação ao do servidor. Os horários exibidos são os do servidor.`,
    missing: (names) => `Fora destes números, porque não respondem: ${names}.`,
    more: (count) => `e mais ${count}`,
  },
);

/** What whoever reads the numbers has to know of them; spoken when it changes. */
export function Notices() {
  const { freshness } = useSession();
  const isLive = useStore(freshness, (now) => now.isLive);
  const isOld = useStore(freshness, ({ ageMs }) => isOldAge(ageMs));
  const minutes = useStore(freshness, ({ clockAheadMs }) => minutesOff(clockAheadMs));
  const lateSeconds = useStore(freshness, ({ lateMs }) => secondsLate(lateMs));
  const missing = useLive(missingShards);
  const notices = noticesOf({ isLive, isOld, lateSeconds, clockMinutes: minutes, missing });
  return (
    <div class="notices" role="status">
      {notices.map((notice) => (
        <p key={notice.kind} data-notice={notice.kind}>
          <NoticeText notice={notice} />
        </p>
      ))}
    </div>
  );
}

function NoticeText({ notice }: { readonly notice: Notice }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  if (notice.kind === "old") return texts.old;
  if (notice.kind === "late") return texts.late(format.duration(notice.seconds * 1000));
  if (notice.kind === "clock") {
    const by = format.duration(Math.abs(notice.minutes) * MINUTE_MS);
    return notice.minutes > 0 ? texts.ahead(by) : texts.behind(by);
  }
  const { shards } = notice;
  const names = shards.slice(0, MAX_NAMES).join(", ");
  const rest = shards.length - MAX_NAMES;
  return texts.missing(rest > 0 ? `${names} ${texts.more(format.count(rest))}` : names);
}

function missingShards({ latest }: LiveState): readonly string[] {
  const missing = latest?.coverage.missing;
  return missing === undefined || missing.length === 0 ? NONE : missing;
}
