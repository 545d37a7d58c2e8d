import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { plainText } from "../../widget/plain-text.ts";
import { useTextSearch } from "../../widget/search/text-search.ts";

const OUTPUTS = ["raw", "traces", "tree", "text", "tags", "comments", "dot"] as const;

/** The tool's own text reports. */
export function RawPage(): VNode {
  const { nav, warnings } = useSession();
  const output = useSignal<string>("raw");
  const { value, error, isBusy } = useAnswer("text", { output: output.value, query: asked(nav.place.value.query) });
  warnings.value = value?.warnings ?? [];
  const section = useRef<HTMLElement>(null);
  useTextSearch(section, value);
  return (
    <section class="page" aria-busy={isBusy} ref={section}>
      <div class="tools">
        {OUTPUTS.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === output.value}
            onClick={() => {
              output.value = name;
            }}
          >
            {name}
          </button>
        ))}
      </div>
      {error && <p class="problem">{error}</p>}
      <pre class="raw">{value?.text.split("\n").map(plainText).join("\n")}</pre>
      {value?.isCut && <p class="empty">There is more: pprof -{output.value} prints all of it.</p>}
    </section>
  );
}
