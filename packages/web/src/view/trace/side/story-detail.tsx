import type { PathStep, StoryStep, TraceStory } from "@pprof-ts/report";
import type { VNode } from "preact";
import { toGoroutine } from "../../../session/address/trace-place.ts";
import { useSession } from "../../../session/session.ts";
import { useTraceAnswer } from "../../../session/use-answer.ts";
import { plainText } from "../../../widget/plain-text.ts";
import { SpentBar } from "../pieces/spent-bar.tsx";
import { stateText } from "../pieces/state-text.ts";
import { withoutFolders } from "../pieces/telling-frame.ts";
import { durationText } from "../pieces/time-text.ts";
import { Facts } from "./facts.tsx";

/** So many rows of each list are shown. */
const MOST = 60;
/** Pieces of the critical path that are a smaller part of the whole are not shown. */
const LEAST_SHARE = 0.005;

/** One request, task or goroutine: where its time went, on what it depended, what it did. */
export function StoryDetail({ id }: { readonly id: number }): VNode {
  const { value: story, isBusy } = useTraceAnswer("story", { id });
  if (story === undefined) return <p class="hint">{isBusy ? "" : `There is no goroutine ${id} in this trace.`}</p>;
  return <Story story={story} />;
}

function Story({ story }: { readonly story: TraceStory }): VNode {
  const { nav } = useSession();
  const { id, name, kind, from, to, isOpen, logs } = story;
  const all = to - from;
  const url = logs.find(({ key }) => key === "url")?.value;
  const status = logs.find(({ key }) => key === "status")?.value;
  const profile = (of: string): string =>
    nav.addressOf({ page: "flamegraph", set: { of, only: String(id), part: "", sel: "", at: "" } });
  const link =
    (of: string) =>
    (event: MouseEvent): void => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      nav.go({ page: "flamegraph", set: { of, only: String(id), part: "" } });
    };
  return (
    <>
      <h2>{plainText(name)}</h2>
      <Facts
        facts={[
          ["lasted", `${durationText(all)}${isOpen ? ", and was not over" : ""}`],
          ["began", durationText(from)],
          ["runs", durationText(story.running)],
          ["waits to run", story.ready > 0 ? durationText(story.ready) : ""],
          ["waits", story.waiting > 0 ? durationText(story.waiting) : ""],
          ["system calls", story.call > 0 ? durationText(story.call) : ""],
          ["kind", kind],
          ["address", url ?? ""],
          ["status", status ?? ""],
        ]}
      />
      <SpentBar spent={story} />
      <p class="trace-links">
        {story.samples > 0 && (
          <a href={profile("cpu")} onClick={link("cpu")}>
            Its CPU flame graph
          </a>
        )}
        <a href={profile("await")} onClick={link("await")}>
          Flame graph of its waits
        </a>
      </p>
      {story.whole !== undefined && (
        <p>
          Part of <Goroutine part={story.whole} />
        </p>
      )}
      <Stairs story={story} />
      <Path path={story.path} all={all} />
      {story.parts.length > 0 && (
        <section>
          <h3>Done for it</h3>
          <ul>
            {story.parts.slice(0, MOST).map((part) => (
              <li key={`${part.id} ${part.from}`}>
                <Goroutine part={part} /> <small>{durationText(part.to - part.from)}</small>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Steps steps={story.steps} more={story.moreSteps} from={from} />
      {story.regions.length > 0 && (
        <section>
          <h3>Regions</h3>
          <ul>
            {story.regions.slice(0, MOST).map(({ name, from: at, to: end, depth }, i) => (
              <li key={i} style={{ paddingLeft: `${depth * 12}px` }}>
                {plainText(name)} <small>{durationText(end - at)}</small>
              </li>
            ))}
          </ul>
        </section>
      )}
      {logs.length > 0 && (
        <section>
          <h3>Logs</h3>
          <ul>
            {logs.slice(0, MOST).map(({ time, key, value }, i) => (
              <li key={i}>
                <small>+{durationText(Math.max(0, time - from))}</small> {plainText(key)} {plainText(value)}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

interface Linked {
  readonly id: number;
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The name of another goroutine, which leads there. */
function Goroutine({ part: { id, name, from, to } }: { readonly part: Linked }): VNode {
  const { nav } = useSession();
  return (
    <button type="button" class="plain" onClick={() => toGoroutine(nav, id, from, to)}>
      {plainText(name)}
    </button>
  );
}

function Stairs({ story: { stairs } }: { readonly story: TraceStory }): VNode | null {
  if (stairs.length === 0) return null;
  return (
    <section class="trace-stairs">
      <h3>One after the other</h3>
      {stairs.map(({ from, count, sum, longest, what }) => (
        <p key={from}>
          {count} waits in a row, {durationText(sum)} in all (
          {what.slice(0, 4).map(withoutFolders).map(plainText).join(", ")}). If none needs what the one before it gave,
          together they take {durationText(longest)}: {durationText(sum - longest)} less.
        </p>
      ))}
    </section>
  );
}

function Path({ path, all }: { readonly path: readonly PathStep[]; readonly all: number }): VNode | null {
  if (path.length === 0) return null;
  const longest = [...path].sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, MOST);
  const shown = path.filter((step) => longest.includes(step) && step.to - step.from >= all * LEAST_SHARE);
  return (
    <section>
      <h3>Critical path</h3>
      <table class="trace-table">
        <tbody>
          {shown.map((step) => (
            <tr key={`${step.id} ${step.from}`}>
              <td>{durationText(step.to - step.from)}</td>
              <td>{((100 * (step.to - step.from)) / Math.max(1, all)).toFixed(0)}%</td>
              <td class="name" style={{ paddingLeft: `${8 + step.depth * 12}px` }}>
                {step.depth > 0 && <Goroutine part={step} />} {stateText(step.state)}
                {step.why !== "" && `: ${plainText(withoutFolders(step.why))}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {path.length > shown.length && <p class="hint">{path.length - shown.length} shorter ones are left out</p>}
    </section>
  );
}

function Steps({
  steps,
  more,
  from,
}: {
  readonly steps: readonly StoryStep[];
  readonly more: number;
  readonly from: number;
}): VNode {
  const { nav } = useSession();
  const rest = more + Math.max(0, steps.length - MOST);
  return (
    <section>
      <h3>What it did</h3>
      <table class="trace-table">
        <tbody>
          {steps.slice(0, MOST).map((step) => (
            <tr key={step.from}>
              <td>+{durationText(Math.max(0, step.from - from))}</td>
              <td>{durationText(step.to - step.from)}</td>
              <td class="name" title={step.stack.map(plainText).join("\n")}>
                {stateText(step.state)}
                {step.why !== "" && `: ${plainText(withoutFolders(step.why))}`}
                {step.wakerId !== 0 && (
                  <small>
                    {" "}
                    woken by{" "}
                    <button type="button" class="plain" onClick={() => nav.go({ set: { sel: `g:${step.wakerId}` } })}>
                      {plainText(step.waker)}
                    </button>
                  </small>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rest > 0 && <p class="hint">{rest.toLocaleString("en")} more</p>}
    </section>
  );
}
