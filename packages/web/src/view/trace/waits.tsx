import type { VNode } from "preact";
import { toGoroutine } from "../../session/address/trace-place.ts";
import { useSession } from "../../session/session.ts";
import { useTraceAnswer } from "../../session/use-answer.ts";
import { plainText } from "../../widget/plain-text.ts";
import { LongTable } from "../../widget/table/long-table.tsx";
import { matcher } from "./pieces/matcher.ts";
import { withoutFolders } from "./pieces/telling-frame.ts";
import { durationText } from "./pieces/time-text.ts";

/** What was waited for, and by whom. */
export function WaitsPage(): VNode {
  const { nav, search } = useSession();
  const { part = "" } = nav.place.value.query;
  const { value, error, isBusy } = useTraceAnswer("waits", { part });
  const isMatch = matcher(search.value);
  const waits = (value ?? []).filter(({ name, what }) => isMatch(name) || isMatch(what));
  return (
    <section class="trace-page split" aria-busy={isBusy}>
      {error && <p class="problem">{error}</p>}
      <LongTable
        caption={`${waits.length.toLocaleString("en")} waits by what they were for; each leads to the longest`}
        columns={[
          { title: "In all" },
          { title: "Count" },
          { title: "Longest" },
          { title: "Whose", isName: true },
          { title: "For", isName: true },
        ]}
        count={waits.length}
        cells={(row) => {
          const { name, what, count, nanos, most, id, at } = waits[row]!;
          return [
            durationText(nanos),
            count.toLocaleString("en"),
            durationText(most),
            <button key={row} type="button" class="plain" onClick={() => toGoroutine(nav, id, at, at + most)}>
              {plainText(name)}
            </button>,
            plainText(withoutFolders(what)),
          ];
        }}
      />
    </section>
  );
}
