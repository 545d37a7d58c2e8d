import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { useTextSearch } from "../../widget/search/text-search.ts";
import { More } from "../../widget/table/more.tsx";
import { CallsOf } from "./calls.tsx";

/** Functions with their callers and callees: those that `f` matches, or the largest. */
export function PeekPage(): VNode {
  const { nav, warnings } = useSession();
  const { value, error, isBusy } = useAnswer("peek", asked(nav.place.value.query));
  warnings.value = value?.warnings ?? [];
  const section = useRef<HTMLElement>(null);
  useTextSearch(section, value);
  return (
    <section class="page" aria-busy={isBusy} ref={section}>
      {error && <p class="problem">{error}</p>}
      {value?.rows.length === 0 && <p class="empty">No function matches.</p>}
      {value?.rows.map((row) => (
        <CallsOf key={row.name} row={row} values={value} />
      ))}
      {value && <More count={value.more} where="a search for their names, as f of the address, shows them" />}
    </section>
  );
}
