import type { VNode } from "preact";

interface Props {
  readonly isOpen: boolean;
  readonly setOpen: (isOpen: boolean) => void;
}

/** In a narrow window, the button behind which the tools after it are; where there is room they are always there. */
export function MoreTools({ isOpen, setOpen }: Props): VNode {
  return (
    <button
      type="button"
      class="more-tools icon"
      aria-label="Tools"
      title="Tools"
      aria-expanded={isOpen}
      onClick={() => setOpen(!isOpen)}
    >
      ⋯
    </button>
  );
}
