import type { VNode } from "preact";
import type { Query } from "../session/address/state.ts";
import { useSession } from "../session/session.ts";

/** What may be done with what is not the program's own code: the keys of the address that do it. */
const CHOICES: readonly { readonly name: string; readonly title: string; readonly set: Query }[] = [
  { name: "all", title: "all alike", set: { own: "", dim: "" } },
  { name: "dim", title: "others’ dimmed", set: { own: "", dim: "1" } },
  { name: "own", title: "others’ folded", set: { own: "1", dim: "" } },
];

/** The switch between all code and the program's own: the rest is dimmed, or is one box a package. */
export function OwnCode({ dims = true }: { readonly dims?: boolean }): VNode {
  const { nav } = useSession();
  const { own, dim } = nav.place.value.query;
  return (
    <label
      class="choice"
      title="What is not the program's own – libraries, runtime, kernel – is dimmed, or is one box a package (c)"
    >
      My code
      <select
        aria-label="My code"
        value={own === "1" ? "own" : dim === "1" && dims ? "dim" : "all"}
        onChange={(event) => {
          const value = event.currentTarget.value;
          nav.go({ set: CHOICES.find(({ name }) => name === value)!.set });
        }}
      >
        {CHOICES.filter(({ name }) => dims || name !== "dim").map(({ name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}
