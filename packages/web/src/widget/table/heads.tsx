import type { VNode } from "preact";

/** The headings of a table's columns, each with the class that its cells have. */
export function Heads({ heads }: { readonly heads: readonly (readonly [title: string, cells?: string])[] }): VNode {
  return (
    <thead>
      <tr>
        {heads.map(([title, cells]) => (
          <th key={title} scope="col" class={cells}>
            {title}
          </th>
        ))}
      </tr>
    </thead>
  );
}
