import type { VNode } from "preact";
import { plainName } from "../session/address/exact-name.ts";
import { chips, reset } from "../session/address/refine.ts";
import type { Query } from "../session/address/state.ts";
import type { Summary } from "../session/protocol.ts";
import { shownType } from "../session/sample-type.ts";
import { WITHOUT_SERVER } from "../session/server-gone.ts";
import { useSession } from "../session/session.ts";
import { plainText } from "../widget/plain-text.ts";
import { valueText } from "../widget/values.ts";

/** How a filter was understood is no warning. */
const NOTICE = /Interpreted '.*' as range/;

/** What is active, each taken off with a click; and what the last report warned of. */
export function FilterBar(): VNode | null {
  const { nav, summary, trace, warnings, isServerGone } = useSession();
  const active = chips(nav.place.value.query);
  // What is left out of a file is missing on every page.
  const gone = isServerGone.value ? [WITHOUT_SERVER] : [];
  const said = new Set([...gone, ...(trace.value?.notes ?? []), ...(summary.value?.odd ?? []), ...warnings.value]);
  const beside = besideHeap(summary.value, nav.place.value.query);
  if (active.length === 0 && said.size === 0 && beside === undefined) return null;
  return (
    <div class="filters">
      {active.map(({ key, title, value }) => (
        <button
          type="button"
          key={key}
          class="chip"
          title={`Take off: ${title} ${plainText(value).slice(0, 500)}`}
          onClick={() => nav.go({ set: { [key]: "" } })}
        >
          {title}
          {value !== "1" && value !== "true" && <code>{plainText(plainName(value)).slice(0, 80)}</code>}
          <span aria-hidden="true">✕</span>
        </button>
      ))}
      {active.length > 1 && (
        <button type="button" class="plain" onClick={() => reset(nav)}>
          Take all off
        </button>
      )}
      {beside !== undefined && (
        <span class="hint">
          Beside the heap the process has {beside}: code, buffers, libraries, the profiler …{" "}
          <button type="button" class="plain" onClick={() => nav.go({ set: { mem: "all" } })}>
            Show all memory
          </button>
        </span>
      )}
      {[...said].map((warning) => (
        <span key={warning} class={NOTICE.test(warning) ? "hint" : "warning"}>
          {plainText(warning)}
        </span>
      ))}
    </div>
  );
}

/** How much memory a page leaves out, for it is in no heap; undefined where that is nothing. */
function besideHeap(profile: Summary | undefined, { si, mem }: Query): string | undefined {
  const shown = profile?.sampleTypes[shownType(profile, si)];
  if (shown === undefined || shown.besideHeap === 0 || mem === "all") return undefined;
  return valueText(shown.besideHeap, { ...shown, shownUnit: "auto", divideBy: 1 });
}
