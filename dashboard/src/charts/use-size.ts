import { useEffect, useState } from "preact/hooks";

/** How wide an element is, and how large its letters are, in CSS pixels; 0 before it is there. */
interface Size {
  readonly widthPx: number;
  readonly fontPx: number;
}

/** Follows the size of an element. */
export function useSize(host: { readonly current: HTMLElement | null }): Size {
  const [size, setSize] = useState<Size>({ widthPx: 0, fontPx: 0 });
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      const widthPx = Math.floor(element.clientWidth);
      const fontPx = Number.parseFloat(getComputedStyle(element).fontSize) || 16;
      setSize((before) =>
        before.widthPx === widthPx && before.fontPx === fontPx ? before : { widthPx, fontPx },
      );
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [host]);
  return size;
}
