import type { VNode } from "preact";
import { toTurn } from "../../session/address/trace-place.ts";
import { useSession } from "../../session/session.ts";
import { useTraceAnswer } from "../../session/use-answer.ts";
import { plainText } from "../../widget/plain-text.ts";
import { LongTable } from "../../widget/table/long-table.tsx";
import { matcher } from "./pieces/matcher.ts";
import { tellingFrame } from "./pieces/telling-frame.ts";
import { durationText } from "./pieces/time-text.ts";

/** The longest times for which a lane was busy with one thing, and how much that delayed. */
export function TurnsPage(): VNode {
  const { nav, search, trace } = useSession();
  const { part = "" } = nav.place.value.query;
  const { value, error, isBusy } = useTraceAnswer("turns", { part });
  const isMatch = matcher(search.value);
  const turns = (value ?? []).filter(({ name, stack }) => isMatch(name) || stack.some(isMatch));
  const lanes = trace.value?.lanes ?? [];
  return (
    <section class="trace-page split turns" aria-busy={isBusy}>
      {error && <p class="problem">{error}</p>}
      <LongTable
        caption={`The ${turns.length.toLocaleString("en")} longest; each leads to whom it delayed`}
        columns={[
          { title: "Ran" },
          { title: "At" },
          { title: "Delayed" },
          { title: "In all" },
          { title: "What", isName: true },
          { title: "Sampled there most", isName: true },
        ]}
        count={turns.length}
        cells={(at) => {
          const { lane, from, to, name, stack, delayed, delayNanos } = turns[at]!;
          const on = lanes.length > 1 ? ` on ${lanes.find(({ row }) => row === lane)?.name}` : "";
          return [
            durationText(to - from),
            durationText(from),
            delayed > 0 ? delayed.toLocaleString("en") : "",
            delayed > 0 ? durationText(delayNanos) : "",
            <button key={at} type="button" class="plain" onClick={() => toTurn(nav, lane, from, to)}>
              {plainText(name + on)}
            </button>,
            <span key={at} title={stack.map(plainText).join("\n")}>
              {plainText(tellingFrame(stack))}
            </span>,
          ];
        }}
      />
    </section>
  );
}
