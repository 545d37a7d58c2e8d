import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { compareWith } from "../open-profile.ts";
import { plainText } from "../plain-text.ts";
import { exactly } from "../refine.ts";
import { asked, useSession } from "../session.ts";
import { useAnswer } from "../use-answer.ts";
import { valueText } from "../values.ts";
import { expression } from "./top.tsx";

/** So many changes are shown: what follows is noise. */
const MOST = 500;

/** What changed since the base; without one, the way to choose it. */
export function DiffPage(): VNode {
  const { summary } = useSession();
  return (
    <section class="page">
      {summary.value?.isDiff ? <Changes /> : <p class="empty">Nothing is compared yet.</p>}
      <ChooseBase />
    </section>
  );
}

function ChooseBase(): VNode {
  const session = useSession();
  return (
    <p class="choose-base">
      <label class="button">
        {session.summary.value?.isDiff ? "Compare with another file" : "Choose the profile from before"}
        <input
          type="file"
          class="hidden"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void compareWith(session, file);
          }}
        />
      </label>{" "}
      <span class="hint">
        All pages then show the change: in the flame graph, red grew and blue shrank. Or start with pprof -diff_base.
      </span>
    </p>
  );
}

function Changes(): VNode {
  const { nav, search, warnings } = useSession();
  const { value, error } = useAnswer("changes", asked(nav.place.value.query));
  warnings.value = value?.warnings ?? [];
  const pattern = expression(search.value);
  const rows = (value?.rows ?? []).filter(({ name }) => pattern?.test(name) ?? true);
  let largest = 0;
  for (const { cumBefore, cumAfter } of rows) largest = Math.max(largest, Math.abs(cumAfter - cumBefore));
  useEffect(() => {
    if (value) performance.mark("pprof picture");
  }, [value]);
  return (
    <>
      {error && <p class="problem">{error}</p>}
      <table class="changes">
        <thead>
          <tr>
            <th>Before</th>
            <th>After</th>
            <th>Change</th>
            <th>in %</th>
            <th>itself</th>
            <th class="name">Name ({rows.length.toLocaleString("en")})</th>
          </tr>
        </thead>
        <tbody>
          {value &&
            rows.slice(0, MOST).map((row) => {
              const change = row.cumAfter - row.cumBefore;
              const own = row.flatAfter - row.flatBefore;
              return (
                <tr key={row.name}>
                  <td>{valueText(row.cumBefore, value)}</td>
                  <td>{valueText(row.cumAfter, value)}</td>
                  <td class="amount">
                    <span
                      class={change < 0 ? "bar shrunk" : "bar grown"}
                      style={{ width: `${largest === 0 ? 0 : (Math.abs(change) / largest) * 100}%` }}
                    />
                    <span>{signed(change, valueText(change, value))}</span>
                  </td>
                  <td>{relative(row.cumBefore, change)}</td>
                  <td>{signed(own, valueText(own, value))}</td>
                  <td class="name">
                    <button
                      type="button"
                      class="plain"
                      onClick={() => nav.go({ page: "flamegraph", set: { p: exactly(row.name) } })}
                    >
                      {plainText(row.name).slice(0, 400)}
                    </button>
                  </td>
                </tr>
              );
            })}
        </tbody>
      </table>
    </>
  );
}

function signed(value: number, text: string): string {
  return value > 0 ? `+${text}` : text;
}

function relative(before: number, change: number): string {
  if (before === 0) return change === 0 ? "" : "new";
  if (change === -before) return "gone";
  return signed(change, `${((change / Math.abs(before)) * 100).toFixed(1)}%`);
}
