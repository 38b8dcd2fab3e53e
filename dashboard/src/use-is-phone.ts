import { useEffect, useState } from "preact/hooks";

/** As wide as the style sheets have it for phones. */
const PHONE = "(max-width: 40rem)";

/** Whether the window is as narrow as a phone, now and when it is turned or made wider. */
export function useIsPhone(): boolean {
  const [isPhone, setPhone] = useState(() => matchMedia(PHONE).matches);
  useEffect(() => {
    const query = matchMedia(PHONE);
    const change = (): void => setPhone(query.matches);
    change();
    query.addEventListener("change", change);
    return () => query.removeEventListener("change", change);
  }, []);
  return isPhone;
}
