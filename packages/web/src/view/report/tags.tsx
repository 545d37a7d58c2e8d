import type { VNode } from "preact";
import { type LabelKey, TIMESTAMP } from "../../session/protocol.ts";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { Amount } from "../../widget/amount.tsx";
import { Heads } from "../../widget/heads.tsx";
import { plainText } from "../../widget/plain-text.ts";
import type { Values } from "../../widget/values.ts";
import { tagCells } from "./cells.ts";

/** So many values of a label are shown. */
const MOST = 200;

/** What samples are worth by their labels; a click keeps to the samples with one. */
export function TagsPage(): VNode {
  const { nav, warnings } = useSession();
  const { value, error, isBusy } = useAnswer("tags", asked(nav.place.value.query));
  warnings.value = value?.warnings ?? [];
  // When samples were taken is what the page Time is for.
  const keys = value?.keys.filter(({ key }) => key !== TIMESTAMP) ?? [];
  return (
    <section class="page tags" aria-busy={isBusy}>
      {error && <p class="problem">{error}</p>}
      {value && keys.length === 0 && <p class="empty">No sample has a label.</p>}
      {value &&
        keys.map(({ key, total, values }) => (
          <table key={key} class="call-list">
            <caption>
              {plainText(key)} <small>{tagCells(total, value).join(", ")} of the samples' value</small>
              <button type="button" class="plain" onClick={() => nav.go({ page: "flamegraph", set: { tagroot: key } })}>
                As callers
              </button>
              <button type="button" class="plain" onClick={() => nav.go({ page: "flamegraph", set: { tagleaf: key } })}>
                As callees
              </button>
              <button
                type="button"
                class="plain"
                onClick={() => nav.go({ page: "flamegraph", set: { c: `label:${key}` } })}
              >
                As colours
              </button>
            </caption>
            <Heads heads={[["Value", "amount"], ["Of all"], ["Label", "name"]]} />
            <tbody>
              {values.slice(0, MOST).map(({ name, value: worth, range }) => (
                <tr key={name}>
                  <Amount value={worth} values={value} text={tagCells(worth, value)[0]} />
                  <td>{tagCells(worth, value)[1]}</td>
                  <td class="name">
                    <button
                      type="button"
                      class="plain"
                      onClick={() => nav.go({ page: "flamegraph", set: { tf: tagOf(key, name, range) } })}
                    >
                      {plainText(name).slice(0, 400)}
                    </button>
                  </td>
                </tr>
              ))}
              {values.length > MOST && <RestRow rest={values.slice(MOST)} values={value} />}
            </tbody>
          </table>
        ))}
    </section>
  );
}

/** What the values that are not listed are together. */
function RestRow({ rest, values }: { readonly rest: LabelKey["values"]; readonly values: Values }): VNode {
  const sum = rest.reduce((all, { value }) => all + value, 0);
  const [text, share] = tagCells(sum, values);
  return (
    <tr>
      <Amount value={sum} values={values} text={text} />
      <td>{share}</td>
      <td class="name">{rest.length.toLocaleString("en")} more together: Raw lists them</td>
    </tr>
  );
}

/** The filter that a label passes; a comma would begin another expression, so any letter stands for it. */
function tagOf(key: string, name: string, range: string | undefined): string {
  if (range !== undefined) return `${key}=${range}`;
  return `${key}=^${name.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&").replaceAll(",", ".")}$`;
}
