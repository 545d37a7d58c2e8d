import type { VNode } from "preact";
import { partIn, toGoroutine } from "../../../session/address/trace-place.ts";
import { useSession } from "../../../session/session.ts";
import type { TraceOpened } from "../../../session/trace-protocol.ts";
import { useTraceAnswer } from "../../../session/use-answer.ts";
import { plainText } from "../../../widget/plain-text.ts";
import { durationText } from "../pieces/time-text.ts";
import { Facts } from "./facts.tsx";

/** So many waits are told. */
const MOST = 12;

/** Where a part of the time went, and what else shows it. */
export function PartDetail({ part, opened }: { readonly part: string; readonly opened: TraceOpened }): VNode {
  const { nav } = useSession();
  const sum = useTraceAnswer("part", { part }).value;
  const waits = useTraceAnswer("waits", { part }).value;
  const { from, to } = partIn(part, opened.durationNanos);
  const goTo = (page: string, of: string): void => nav.go({ page, set: { of, only: "", part } });
  const share = (nanos: number): string =>
    `${durationText(nanos)} (${((100 * nanos) / Math.max(1, to - from)).toFixed(0)}%)`;
  return (
    <>
      <h2>{durationText(to - from)} of the trace</h2>
      <Facts
        facts={[
          ["from", durationText(from)],
          ["to", durationText(to)],
          ["ran", sum === undefined ? "" : `${share(sum.running)}${sum.lanes > 1 ? ` on ${sum.lanes} lanes` : ""}`],
          ["waited to run", sum === undefined ? "" : durationText(sum.ready)],
          ["stood still", sum === undefined || sum.stopped === 0 ? "" : share(sum.stopped)],
        ]}
      />
      <p class="trace-links">
        <button type="button" onClick={() => goTo("flamegraph", "")}>
          Flame graph
        </button>
        <button type="button" onClick={() => goTo("top", "")}>
          Top
        </button>
        <button type="button" onClick={() => goTo("tasks", "")}>
          Tasks
        </button>
        <button type="button" onClick={() => goTo("waits", "")}>
          Waits
        </button>
      </p>
      <p class="trace-links">
        <span class="hint">Flame graph of</span>
        {opened.derived.map((of) => (
          <button key={of} type="button" class="plain" onClick={() => goTo("flamegraph", of)}>
            {of}
          </button>
        ))}
      </p>
      {waits !== undefined && waits.length > 0 && (
        <section>
          <h3>What was waited for</h3>
          <table class="trace-table">
            <tbody>
              {waits.slice(0, MOST).map(({ name, what, nanos, id, at, most }) => (
                <tr key={`${name} ${what}`}>
                  <td>{durationText(nanos)}</td>
                  <td class="name">
                    <button type="button" class="plain" onClick={() => toGoroutine(nav, id, at, at + most)}>
                      {plainText(name)}
                    </button>{" "}
                    {plainText(what)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}
