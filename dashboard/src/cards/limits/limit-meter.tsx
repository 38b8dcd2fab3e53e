import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import type { LimitView } from "../../../../src/stream/stream-frame.ts";
import { fillOf } from "./limit-state.ts";

const TEXTS = messages(
  {
    label: (target: string) => `Permits of ${target}`,
    value: (available: string, capacity: string, outstanding: string) =>
      `${available} of ${capacity} available, ${outstanding} leased`,
  },
  {
    label: (target) => `Permissões de ${target}`,
    value: (available, capacity, outstanding) =>
      `${available} de ${capacity} disponíveis, ${outstanding} arrendadas`,
  },
);

/** A bucket as a bar: what is available, and behind it what is leased. */
export function LimitMeter({ view }: { readonly view: LimitView }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const { target, capacity, available, outstanding } = view;
  const fill = fillOf(view);
  return (
    <div
      class="meter"
      role="meter"
      aria-label={texts.label(target)}
      aria-valuemin={0}
      aria-valuemax={capacity}
      aria-valuenow={Math.min(available, capacity)}
      aria-valuetext={texts.value(
        format.count(available),
        format.count(capacity),
        format.count(outstanding),
      )}
    >
      {/* Moved and stretched, not resized: that is drawn without laying out the page again. */}
      <span class="available" style={{ transform: `scaleX(${fill.available})` }} />
      <span
        class="leased"
        style={{
          transform: `translateX(${fill.available * 100}%) scaleX(${fill.outstanding})`,
        }}
      />
    </div>
  );
}
