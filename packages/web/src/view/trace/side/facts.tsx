import type { VNode } from "preact";
import { plainText } from "../../../widget/plain-text.ts";

/** What is known of something, a line each; what is "" is left out. */
export function Facts({ facts }: { readonly facts: readonly (readonly [title: string, text: string])[] }): VNode {
  return (
    <dl class="facts">
      {facts.flatMap(([title, text]) =>
        text === "" ? [] : [<dt key={title}>{title}</dt>, <dd key={`${title} `}>{plainText(text)}</dd>],
      )}
    </dl>
  );
}
