/** What went wrong, in a sentence; nothing if it is empty. */
export function Fault({ text }: { readonly text: string }) {
  return text === "" ? null : (
    <p class="fault" role="alert">
      {text}
    </p>
  );
}
