import type { Call, TreeRow } from "@pprof-ts/report";
import type { VNode } from "preact";
import { exactly } from "../../session/exact-name.ts";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { plainText } from "../../widget/plain-text.ts";
import { shareText, type Values, valueText } from "../../widget/values.ts";

/** Who calls a function, and whom it calls. */
export function Calls({ name }: { readonly name: string }): VNode {
  const { nav } = useSession();
  const { value, error } = useAnswer("calls", { query: asked(nav.place.value.query), name });
  return (
    <aside class="calls" aria-label="Callers and callees">
      {error && <p class="problem">{error}</p>}
      {value?.rows.map((row) => (
        <CallsOf key={row.name} row={row} values={value} />
      ))}
    </aside>
  );
}

/** A function between its callers and its callees. */
export function CallsOf({ row, values }: { readonly row: TreeRow; readonly values: Values }): VNode {
  return (
    <article class="calls-of">
      <CallList title="Callers" calls={row.callers} values={values} />
      <h2>
        <span>{plainText(row.name).slice(0, 2000)}</span>
        <small>
          {valueText(row.cum, values)} ({shareText(row.cum, values)}), itself {valueText(row.flat, values)} (
          {shareText(row.flat, values)})
        </small>
      </h2>
      <CallList title="Callees" calls={row.callees} values={values} />
    </article>
  );
}

interface ListProps {
  readonly title: string;
  readonly calls: readonly Call[];
  readonly values: Values;
}

/** So many are shown: the rest is a long tail. */
const MOST = 100;

function CallList({ title, calls, values }: ListProps): VNode {
  const { nav } = useSession();
  let all = 0;
  for (const { weight } of calls) all += Math.abs(weight);
  return (
    <table class="call-list">
      <caption>
        {title}
        {calls.length === 0 && ": none"}
      </caption>
      <tbody>
        {calls.slice(0, MOST).map(({ name, weight, inline }) => {
          const change = { page: "peek", set: { f: exactly(name) } };
          return (
            <tr key={name}>
              <td class="amount">
                <span class="bar" style={{ width: `${all === 0 ? 0 : (Math.abs(weight) / all) * 100}%` }} />
                <span>{valueText(weight, values)}</span>
              </td>
              <td>{shareText(weight, { total: all })}</td>
              <td class="name">
                <a
                  href={nav.addressOf(change)}
                  onClick={(event) => {
                    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                    event.preventDefault();
                    nav.go(change);
                  }}
                >
                  {plainText(name).slice(0, 400)}
                </a>
                {inline && <span class="mark">inlined</span>}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
