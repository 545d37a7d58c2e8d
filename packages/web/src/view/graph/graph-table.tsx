import type { VNode } from "preact";
import { exactly } from "../../session/address/exact-name.ts";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { plainText } from "../../widget/plain-text.ts";
import { LongTable } from "../../widget/table/long-table.tsx";
import { shareText, valueText } from "../../widget/values.ts";

/** The graph of calls as tables: its functions, and the calls between them. */
export function GraphTable(): VNode {
  const { nav } = useSession();
  const { value, error, isBusy } = useAnswer("graph", asked(nav.place.value.query));
  const name = (node: number): VNode => {
    const text = value?.nodes[node]?.name ?? "";
    return (
      <button
        type="button"
        class="plain"
        title="Its callers and callees"
        onClick={() => nav.go({ page: "peek", set: { f: exactly(text) } })}
      >
        {plainText(text).slice(0, 400)}
      </button>
    );
  };
  return (
    <div class="graph-tables" aria-busy={isBusy}>
      {error && <p class="problem">{error}</p>}
      {value && (
        <LongTable
          caption={`${value.nodes.length.toLocaleString("en")} functions of ${(value.nodesBeforeCount + value.droppedNodes).toLocaleString("en")}: the largest`}
          columns={[
            { title: "Flat" },
            { title: "Flat%" },
            { title: "Cum" },
            { title: "Cum%" },
            { title: "Name", isName: true },
          ]}
          count={value.nodes.length}
          cells={(row) => {
            const { flat, cum } = value.nodes[row]!;
            return [
              valueText(flat, value),
              shareText(flat, value),
              valueText(cum, value),
              shareText(cum, value),
              name(row),
            ];
          }}
        />
      )}
      {value && (
        <LongTable
          caption={`${value.edges.length.toLocaleString("en")} calls; those after … lead through functions that are left out; ${value.droppedEdges.toLocaleString("en")} smaller calls are, too`}
          columns={[
            { title: "Value" },
            { title: "Share" },
            { title: "Caller", isName: true },
            { title: "Callee", isName: true },
          ]}
          count={value.edges.length}
          cells={(row) => {
            const { source, target, weight, residual } = value.edges[row]!;
            return [
              valueText(weight, value),
              shareText(weight, value),
              name(source),
              <>
                {residual ? "… " : ""}
                {name(target)}
              </>,
            ];
          }}
        />
      )}
    </div>
  );
}
