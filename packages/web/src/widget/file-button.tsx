import type { VNode } from "preact";

interface Props {
  readonly title: string;
  readonly primary?: boolean;
  readonly take: (files: readonly File[]) => Promise<void>;
}

/** A button that asks for files. */
export function FileButton({ title, primary = false, take }: Props): VNode {
  return (
    <label class={primary ? "button primary" : "button"}>
      {title}
      <input
        type="file"
        multiple
        class="hidden"
        onChange={(event) => {
          const input = event.currentTarget;
          void take([...(input.files ?? [])]);
          // The same file may be chosen again.
          input.value = "";
        }}
      />
    </label>
  );
}
