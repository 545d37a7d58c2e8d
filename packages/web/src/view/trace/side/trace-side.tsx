import type { VNode } from "preact";
import type { Selected } from "../../../session/address/trace-place.ts";
import { useSession } from "../../../session/session.ts";
import type { TraceOpened } from "../../../session/trace-protocol.ts";
import { PartDetail } from "./part-detail.tsx";
import { StoryDetail } from "./story-detail.tsx";
import { TurnDetail } from "./turn-detail.tsx";

interface Props {
  readonly opened: TraceOpened;
  readonly selected: Selected | undefined;
  readonly select: (selected: Selected | undefined) => void;
}

/** What there is to say of what is selected: a request, a turn, or a part of the time. */
export function TraceSide({ opened, selected, select }: Props): VNode | null {
  const { nav } = useSession();
  const { part } = nav.place.value.query;
  if (selected === undefined && !part) return null;
  const close = (): void => (selected === undefined ? nav.go({ set: { part: "" } }) : select(undefined));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys, too
    <aside class="trace-side" aria-label="What is selected" tabIndex={0}>
      <button type="button" class="icon trace-close" aria-label="Close (Esc)" title="Close (Esc)" onClick={close}>
        ✕
      </button>
      {selected === undefined ? (
        <PartDetail part={part!} opened={opened} />
      ) : "goroutine" in selected ? (
        <StoryDetail id={selected.goroutine} />
      ) : (
        <TurnDetail lane={selected.lane} time={selected.time} opened={opened} />
      )}
    </aside>
  );
}
