import type { VNode } from "preact";
import type { Query } from "../../session/address/state.ts";
import { useSession } from "../../session/session.ts";
import { plainText } from "../../widget/plain-text.ts";

/** How the address names a label by whose values rows are grouped. */
const LABEL = "label:";

/** The key of the label by whose values the rows of a list are grouped; undefined where they are by something else. */
export function groupingLabel({ by }: Query): string | undefined {
  return by?.startsWith(LABEL) ? by.slice(LABEL.length) : undefined;
}

/** What is one row: a function, a package, a file or URL, a line, or a value of a label. */
export function GroupBy(): VNode {
  const { nav, summary } = useSession();
  const { by = "", g = "" } = nav.place.value.query;
  const groups: readonly (readonly [name: string, title: string, set: Query])[] = [
    ["", "function", { by: "", g: "" }],
    ["package", "package", { by: "package", g: "" }],
    ["files", "file or URL", { by: "", g: "files" }],
    ["lines", "line", { by: "", g: "lines" }],
    ...(summary.value?.labels ?? []).map(
      (key) =>
        [
          `${LABEL}${key}`,
          key === "thread" ? "thread" : `label ${plainText(key).slice(0, 60)}`,
          { by: `${LABEL}${key}`, g: "" },
        ] as const,
    ),
  ];
  const shown = groups.some(([name]) => name === (by || g)) ? by || g : "";
  return (
    <label class="choice">
      Group by
      <select
        aria-label="Group by"
        value={shown}
        onChange={(event) => {
          const name = event.currentTarget.value;
          nav.go({ set: groups.find((group) => group[0] === name)![2] });
        }}
      >
        {groups.map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}
