import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { toGoroutine } from "../../session/address/trace-place.ts";
import { compareWith } from "../../session/open-profile.ts";
import { useSession } from "../../session/session.ts";
import type { TraceUnits, UnitsBefore } from "../../session/trace-protocol.ts";
import { useTraceAnswer } from "../../session/use-answer.ts";
import { FileButton } from "../../widget/file-button.tsx";
import { plainText } from "../../widget/plain-text.ts";
import { Histogram } from "./pieces/histogram.tsx";
import { matcher } from "./pieces/matcher.ts";
import { SpentBar } from "./pieces/spent-bar.tsx";
import { withoutFolders } from "./pieces/telling-frame.ts";
import { durationText } from "./pieces/time-text.ts";

interface Column {
  readonly key: string;
  readonly title: string;
  readonly of: (group: TraceUnits) => number;
  /** The same before, where another trace is compared. */
  readonly was?: (before: UnitsBefore) => number;
}

/** By what the table can be put in order. */
const COLUMNS: readonly Column[] = [
  { key: "count", title: "Count", of: ({ count }) => count, was: ({ count }) => count },
  { key: "p50", title: "p50", of: ({ p50 }) => p50, was: ({ p50 }) => p50 },
  { key: "p90", title: "p90", of: ({ p90 }) => p90, was: ({ p90 }) => p90 },
  { key: "p99", title: "p99", of: ({ p99 }) => p99, was: ({ p99 }) => p99 },
  { key: "max", title: "Max", of: ({ most }) => most, was: ({ most }) => most },
  { key: "total", title: "In all", of: ({ running, ready, call, waiting }) => running + ready + call + waiting },
];
/** So many waits of a group are told. */
const MOST_WAITS = 8;

/** Requests by route, calls by server, tasks; or goroutines: how long they took, and where the time went. */
export function TasksPage(): VNode {
  const session = useSession();
  const { nav, search, traceBefore } = session;
  const { part = "" } = nav.place.value.query;
  const { value: all, error, isBusy } = useTraceAnswer("units", { part, before: traceBefore.value });
  const [order, setOrder] = useState("total");
  const [open, setOpen] = useState("");
  const isMatch = matcher(search.value);
  const found = (all ?? []).filter(({ name }) => isMatch(name));
  const column = COLUMNS.find(({ key }) => key === order)!;
  const groups = [...found].sort((a, b) => Number(b.isTask) - Number(a.isTask) || column.of(b) - column.of(a));
  const buckets = groups.flatMap(({ histogram }) => [...histogram.keys()].filter((at) => histogram[at]! > 0));
  const [first, last] = [Math.min(...buckets), Math.max(...buckets)];
  return (
    <section class="page trace-page" aria-busy={isBusy}>
      {error && <p class="problem">{error}</p>}
      <p class="compared">
        {traceBefore.value === "" ? (
          <FileButton title="Compare with another trace" take={(files) => compareWith(session, files)} />
        ) : (
          <button type="button" class="chip" title="Compare no more" onClick={() => compareWith(session, [])}>
            Before <code>{plainText(traceBefore.value)}</code>
            <span aria-hidden="true">✕</span>
          </button>
        )}
      </p>
      <table class="units">
        <thead>
          <tr>
            <th class="name" scope="col">
              Task
            </th>
            {COLUMNS.map(({ key, title }) => (
              <th key={key} scope="col" aria-sort={key === order ? "descending" : undefined}>
                <button type="button" class="head" onClick={() => setOrder(key)}>
                  {title}
                  {key === order && " ↓"}
                </button>
              </th>
            ))}
            <th scope="col">How long</th>
            <th scope="col">Where it went</th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => {
            const key = `${group.isTask} ${group.kind} ${group.name}`;
            return (
              <Group
                key={key}
                group={group}
                isOpen={open === key}
                toggle={() => setOpen(open === key ? "" : key)}
                first={first}
                last={last}
              />
            );
          })}
        </tbody>
      </table>
      {all !== undefined && groups.length === 0 && (
        <p class="empty">{all.length === 0 ? "The trace has no tasks." : "Nothing is called so."}</p>
      )}
    </section>
  );
}

interface GroupProps {
  readonly group: TraceUnits;
  readonly isOpen: boolean;
  readonly toggle: () => void;
  readonly first: number;
  readonly last: number;
}

function Group({ group, isOpen, toggle, first, last }: GroupProps): VNode {
  return (
    <>
      <tr aria-selected={isOpen}>
        <td class="name">
          <button type="button" class="plain" aria-expanded={isOpen} onClick={toggle}>
            {plainText(group.name)}
          </button>{" "}
          <small class="mark">{group.kind || (group.isTask ? "task" : "goroutine")}</small>
          {group.open > 0 && <small class="hint"> {group.open} not over</small>}
        </td>
        {COLUMNS.map((column) => (
          <td key={column.key}>
            <Cell column={column} group={group} />
          </td>
        ))}
        <td>
          <Histogram counts={group.histogram} first={first} last={last} />
        </td>
        <td>
          <SpentBar spent={group} />
        </td>
      </tr>
      {isOpen && (
        <tr class="unit-detail">
          <td colSpan={COLUMNS.length + 3}>
            <GroupDetail group={group} />
          </td>
        </tr>
      )}
    </>
  );
}

/** A number, and below it what it was before. */
function Cell({ column: { key, of, was }, group }: { readonly column: Column; readonly group: TraceUnits }): VNode {
  const isCount = key === "count";
  const text = (value: number): string => (isCount ? value.toLocaleString("en") : durationText(value));
  const isKnown = isCount || key === "total" || group.count > group.open;
  const now = of(group);
  const before = was !== undefined && group.before !== undefined ? was(group.before) : undefined;
  return (
    <>
      {isKnown && text(now)}
      {before !== undefined && (
        <small class={isCount || now === before ? "was" : now > before ? "was grown" : "was shrunk"}>
          {text(before)} before{!isCount && before > 0 && `, ${changeText(now / before - 1)}`}
        </small>
      )}
    </>
  );
}

function changeText(change: number): string {
  return `${change >= 0 ? "+" : "−"}${Math.abs(change * 100).toFixed(0)}%`;
}

function GroupDetail({ group }: { readonly group: TraceUnits }): VNode {
  const { nav } = useSession();
  const { part = "" } = nav.place.value.query;
  const { value: awaits } = useTraceAnswer("inARow", { part });
  const inARow = (awaits ?? []).filter(({ task }) => group.isTask && task === group.name);
  const all = group.running + group.ready + group.call + group.waiting || 1;
  const rows: readonly (readonly [string, number])[] = [
    ["running", group.running],
    ["in system calls", group.call],
    ["waiting to run", group.ready],
    ...group.waits.slice(0, MOST_WAITS).map(({ what, nanos }) => [`waiting: ${what}`, nanos] as const),
  ];
  return (
    <div class="unit-parts">
      <table class="trace-table">
        <caption>Where the time of all of them went</caption>
        <tbody>
          {rows
            .filter(([, nanos]) => nanos > 0)
            .map(([what, nanos]) => (
              <tr key={what}>
                <td>{durationText(nanos)}</td>
                <td>{((100 * nanos) / all).toFixed(0)}%</td>
                <td class="name">{plainText(withoutFolders(what))}</td>
              </tr>
            ))}
        </tbody>
      </table>
      <table class="trace-table">
        <caption>The slowest, each with its way through the trace</caption>
        <tbody>
          {group.slowest.slice(0, 40).map(({ id, from, to, isOpen, ...spent }) => (
            <tr key={`${id} ${from}`}>
              <td>{durationText(to - from)}</td>
              <td class="name">
                <button type="button" class="plain" onClick={() => toGoroutine(nav, id, from, to)}>
                  at {durationText(from)}
                  {isOpen && ", not over"}
                </button>
              </td>
              <td class="wide">
                <SpentBar spent={spent} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {inARow.length > 0 && (
        <table class="trace-table">
          <caption>Awaited one after the other by one function: all but the longest of each time, and all</caption>
          <tbody>
            {inARow.slice(0, MOST_WAITS).map(({ function: name, others, nanos, count, lines }) => (
              <tr key={lines.join(" ")}>
                <td>{durationText(others)}</td>
                <td>{durationText(nanos)}</td>
                <td>{count.toLocaleString("en")}</td>
                <td class="name">
                  {plainText(name)} {plainText(lines.map((line) => line.replace(/^.*[/\\]/, "")).join(", "))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
