import type { VNode } from "preact";
import { plainName } from "../session/exact-name.ts";
import { chips, reset } from "../session/refine.ts";
import { useSession } from "../session/session.ts";
import { plainText } from "../widget/plain-text.ts";

/** How a filter was understood is no warning. */
const NOTICE = /Interpreted '.*' as range/;

/** What is active, each taken off with a click; and what the last report warned of. */
export function FilterBar(): VNode | null {
  const { nav, summary, warnings } = useSession();
  const active = chips(nav.place.value.query);
  // What is left out of a file is missing on every page.
  const said = new Set([...(summary.value?.odd ?? []), ...warnings.value]);
  if (active.length === 0 && said.size === 0) return null;
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
      {[...said].map((warning) => (
        <span key={warning} class={NOTICE.test(warning) ? "hint" : "warning"}>
          {plainText(warning)}
        </span>
      ))}
    </div>
  );
}
