import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { expression } from "../../session/address/expression.ts";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { FrameMenu, type MenuPoint } from "../../widget/frame-menu.tsx";
import { useKeys } from "../../widget/keys.ts";
import { save } from "../../widget/save.ts";
import { useSearchSteps } from "../../widget/search/search-steps.ts";
import { isAsTable, TableToggle } from "../../widget/table-toggle.tsx";
import { layOut } from "./graph-layout.ts";
import { standAlone, themed } from "./graph-look.ts";
import { GraphPan } from "./graph-pan.ts";
import { GraphTable } from "./graph-table.tsx";
import { safeSvg } from "./safe-svg.ts";

/** The graph of calls: a picture or, without Graphviz, tables. */
export function GraphPage(): VNode {
  const { nav } = useSession();
  if (!isAsTable(nav)) return <GraphPicture />;
  return (
    <section class="graph">
      <div class="tools">
        <span class="space" />
        <TableToggle />
      </div>
      <GraphTable />
    </section>
  );
}

/** Laid out by Graphviz in a worker. */
function GraphPicture(): VNode {
  const { home, nav, search, warnings } = useSession();
  const { value, error, isBusy } = useAnswer("dot", asked(nav.place.value.query));
  const holder = useRef<HTMLDivElement>(null);
  const pan = useRef<GraphPan | undefined>(undefined);
  const [state, setState] = useState({ problem: "", isLaidOut: false });
  const [menu, setMenu] = useState<(MenuPoint & { readonly name: string }) | undefined>(undefined);
  warnings.value = value?.warnings ?? [];

  useEffect(() => {
    if (value === undefined) return;
    const ends = new AbortController();
    setState({ problem: "", isLaidOut: false });
    layOut(value.text, home, ends.signal).then(
      (document) => {
        if (ends.signal.aborted || holder.current === null) return;
        const svg = safeSvg(document);
        svg.setAttribute("role", "img");
        svg.setAttribute("aria-label", "The graph of calls; v shows the same as tables");
        themed(svg, getComputedStyle(holder.current).fontFamily);
        holder.current.replaceChildren(svg);
        pan.current = new GraphPan(svg, (name, x, y) => setMenu({ name, x, y }));
        setState({ problem: "", isLaidOut: true });
        performance.mark("pprof picture");
      },
      (failed: Error) => !ends.signal.aborted && setState({ problem: failed.message, isLaidOut: false }),
    );
    return () => {
      ends.abort();
      pan.current?.end();
    };
  }, [value]);
  const [marked, setMarked] = useState<readonly SVGGElement[] | undefined>(undefined);
  useEffect(() => {
    const pattern = expression(search.value);
    const found = state.isLaidOut ? (pan.current?.mark(pattern) ?? []) : [];
    setMarked(pattern === undefined || !state.isLaidOut ? undefined : found);
  }, [search.value, state.isLaidOut]);
  useSearchSteps(marked?.length, (match) => marked?.[match] && pan.current?.goTo(marked[match]));
  useKeys({
    "+": () => pan.current?.zoom(0.8),
    "-": () => pan.current?.zoom(1.25),
    z: () => pan.current?.reset(),
    ArrowLeft: () => pan.current?.move(-60, 0),
    ArrowRight: () => pan.current?.move(60, 0),
    ArrowUp: () => pan.current?.move(0, -60),
    ArrowDown: () => pan.current?.move(0, 60),
    Escape: () => setMenu(undefined),
  });
  return (
    <section class="graph" aria-busy={isBusy || !state.isLaidOut}>
      <div class="tools">
        <span class="hint">Drag moves, the wheel zooms, a click marks a function’s calls, a right click refines</span>
        <span class="space" />
        <button type="button" onClick={() => pan.current?.reset()}>
          All (z)
        </button>
        <TableToggle />
        <button type="button" onClick={() => pan.current && save("graph.svg", standAlone(pan.current.svg))}>
          SVG
        </button>
      </div>
      {(error || state.problem) && <p class="problem">{error || state.problem}</p>}
      {!error && !state.problem && !state.isLaidOut && <p class="status">Laying out the graph…</p>}
      <div class="graph-holder" ref={holder} />
      {menu && <FrameMenu at={menu} name={menu.name} file="" close={() => setMenu(undefined)} />}
    </section>
  );
}
