import type { Call, TreeRow } from "@pprof-ts/report";
import type { VNode } from "preact";
import { exactly } from "../../session/address/exact-name.ts";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { plainText } from "../../widget/plain-text.ts";
import { Heads } from "../../widget/table/heads.tsx";
import { shareText, type Values, valueText } from "../../widget/values.ts";
import { callCells, treeCells } from "./cells.ts";
import { LongName } from "./long-name.tsx";

interface Props {
  readonly name: string;
  /** Where a call leads to; default: to its page. */
  readonly choose?: (name: string) => void;
}

/** Who calls a function, and whom it calls. */
export function Calls({ name, choose }: Props): VNode {
  const { nav } = useSession();
  const { value, error } = useAnswer("calls", { query: asked(nav.place.value.query), name });
  return (
    <div class="calls">
      {error && <p class="problem">{error}</p>}
      {value?.rows.map((row) => (
        <CallsOf key={row.name} row={row} values={value} choose={choose} />
      ))}
    </div>
  );
}

interface CallsProps {
  readonly row: TreeRow;
  readonly values: Values;
  readonly choose?: ((name: string) => void) | undefined;
}

/** A function between its callers and its callees. */
export function CallsOf({ row, values, choose }: CallsProps): VNode {
  const [cum, cumShare, flat, flatShare] = treeCells(row, values);
  return (
    <article class="calls-of">
      <CallList title="Callers" calls={row.callers} of={row} values={values} choose={choose} />
      <h2>
        <span>{plainText(row.name).slice(0, 2000)}</span>
        <small>
          {cum} ({cumShare}), itself {flat} ({flatShare})
        </small>
      </h2>
      <CallList title="Callees" calls={row.callees} of={row} values={values} choose={choose} />
    </article>
  );
}

interface ListProps {
  readonly title: string;
  readonly calls: readonly Call[];
  readonly of: TreeRow;
  readonly values: Values;
  readonly choose: ((name: string) => void) | undefined;
}

/** So many are shown: the rest is a long tail. */
const MOST = 100;

function CallList({ title, calls, of, values, choose }: ListProps): VNode {
  const { nav } = useSession();
  const more = calls.slice(MOST);
  const rest = more.reduce((sum, { weight }) => sum + weight, 0);
  return (
    <table class="call-list">
      <caption>
        {title}
        {calls.length === 0 && ": none"}
      </caption>
      {calls.length > 0 && <Heads heads={[["Value", "amount"], ["Of it"], ["Name", "name"]]} />}
      <tbody>
        {calls.slice(0, MOST).map((call) => {
          const { name, weight, inline } = call;
          const [value, share] = callCells(call, of, values);
          const part = of.cum === 0 ? 0 : Math.min(1, Math.abs(weight / of.cum));
          const change = { page: "peek", set: { f: exactly(name) } };
          return (
            <tr key={name}>
              <td class="amount">
                <span class="bar" style={{ width: `${part * 100}%` }} />
                <span>{value}</span>
              </td>
              <td>{share}</td>
              <td class="name">
                <a
                  href={nav.addressOf(change)}
                  onClick={(event) => {
                    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                    event.preventDefault();
                    if (choose === undefined) nav.go(change);
                    else choose(name);
                  }}
                >
                  <LongName name={name} />
                </a>
                {inline && <span class="mark">inlined</span>}
              </td>
            </tr>
          );
        })}
        {more.length > 0 && (
          <tr>
            <td class="amount">{valueText(rest, values)}</td>
            <td>{shareText(rest, { total: of.cum })}</td>
            <td class="name">{more.length.toLocaleString("en")} more together: the tool's -peek lists them</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
