import { type ComponentChildren, isValidElement, toChildArray } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Boundary } from "./boundary.tsx";

/**
 * Makes its children one after the other, each in a task of its own after the one before it is
 * painted: what stands above them is seen before they are made, and the page answers in between.
 * Each is a component of its own kind; one that fails leaves the others alone.
 */
export function Staged({ children }: { readonly children: ComponentChildren }) {
  const parts = toChildArray(children);
  const [count, setCount] = useState(0);
  const isWhole = count >= parts.length;
  useEffect(() => {
    if (isWhole) return undefined;
    const timer = setTimeout(() => setCount((before) => before + 1));
    return () => clearTimeout(timer);
  }, [count, isWhole]);
  return (
    <>
      {parts.slice(0, count).map((part) => (
        // One that comes or goes in front of it must not make it anew: its kind names it.
        <Boundary key={isValidElement(part) ? part.type : part}>{part}</Boundary>
      ))}
    </>
  );
}
