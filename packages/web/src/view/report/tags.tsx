import { TIMESTAMP_LABEL } from "@pprof-ts/profile";
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { labelFilter } from "../../session/address/exact-name.ts";
import type { Query } from "../../session/address/state.ts";
import type { LabelKey } from "../../session/protocol.ts";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { plainText } from "../../widget/plain-text.ts";
import { useTextSearch } from "../../widget/search/text-search.ts";
import { Heads } from "../../widget/table/heads.tsx";
import type { Values } from "../../widget/values.ts";
import { Amount } from "./amount.tsx";
import { tagCells } from "./cells.ts";

/** So many values of a label are shown. */
const MOST = 200;

/** So many keys are open at first. */
const OPEN = 3;

/** What samples are worth by their labels: a list of keys, each of which opens; a value leads to its flame graph. */
export function TagsPage(): VNode {
  const { nav, warnings } = useSession();
  const { value, error, isBusy } = useAnswer("tags", asked(nav.place.value.query));
  warnings.value = value?.warnings ?? [];
  const section = useRef<HTMLElement>(null);
  useTextSearch(section, value);
  // When samples were taken is what the page Time is for.
  const keys = value?.keys.filter(({ key }) => key !== TIMESTAMP_LABEL) ?? [];
  return (
    <section class="page tags" aria-busy={isBusy} ref={section}>
      {error && <p class="problem">{error}</p>}
      {value && keys.length === 0 && <p class="empty">No sample has a label.</p>}
      {value && keys.map((of, i) => <Key key={of.key} of={of} values={value} opens={i < OPEN} />)}
    </section>
  );
}

interface KeyProps {
  readonly of: LabelKey;
  readonly values: Values;
  readonly opens: boolean;
}

/** What can be done with a key: the change of the address. */
const USES: readonly (readonly [title: string, help: string, set: (key: string) => Query])[] = [
  ["As callers", "A frame for its value above each stack", (key) => ({ tagroot: key })],
  ["As callees", "A frame for its value below each stack", (key) => ({ tagleaf: key })],
  ["As colours", "Boxes have the colour of the value that most of them has", (key) => ({ c: `label:${key}` })],
];

/** A key with its values; numbers in buckets, where there are many. */
function Key({ of: { key, total, values: each, buckets }, values, opens }: KeyProps): VNode {
  const { nav } = useSession();
  const [inBuckets, setInBuckets] = useState(true);
  const [isOpen, setOpen] = useState(opens);
  const shown = (inBuckets ? buckets : undefined) ?? each;
  const [text, share] = tagCells(total, values);
  return (
    <details class="tag-key" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <b>{plainText(key).slice(0, 200)}</b>
        <small>
          {each.length.toLocaleString("en")} {each.length === 1 ? "value" : "values"}, {text} ({share} of all)
        </small>
      </summary>
      <div class="tag-uses">
        {USES.map(([title, help, set]) => (
          <button key={title} type="button" title={help} onClick={() => nav.go({ page: "flamegraph", set: set(key) })}>
            {title}
          </button>
        ))}
        {buckets && (
          <button type="button" aria-pressed={inBuckets} onClick={() => setInBuckets(!inBuckets)}>
            In buckets
          </button>
        )}
      </div>
      {isOpen && (
        <table class="call-list">
          <Heads heads={[["Value", "amount"], ["Of all"], ["Label", "name"]]} />
          <tbody>
            {shown.slice(0, MOST).map(({ name, value: worth, range }) => (
              <tr key={name}>
                <Amount value={worth} values={values} text={tagCells(worth, values)[0]} />
                <td>{tagCells(worth, values)[1]}</td>
                <td class="name">
                  <button
                    type="button"
                    class="plain"
                    title="The flame graph of the samples with it"
                    onClick={() => nav.go({ page: "flamegraph", set: { tf: labelFilter(key, name, range) } })}
                  >
                    {plainText(name).slice(0, 400)}
                  </button>
                </td>
              </tr>
            ))}
            {shown.length > MOST && <RestRow rest={shown.slice(MOST)} values={values} />}
          </tbody>
        </table>
      )}
    </details>
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
