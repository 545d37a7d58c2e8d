import { effect, untracked } from "@preact/signals";
import { FIRST_PAGE } from "./address/state.ts";
import { isTracePage } from "./address/trace-place.ts";
import type { ProfileSource, Unread } from "./protocol.ts";
import type { Session } from "./session.ts";
import type { TraceOpened } from "./trace-protocol.ts";

/** How an address and what is opened go together: the address leads, or what a person has dropped does. */
export type Leads = "address" | "dropped";

/** Opens a trace; false where it is none of any format that is read. */
export async function openTrace(session: Session, source: ProfileSource, leads: Leads): Promise<boolean> {
  const { nav, tracer, trace, summary } = session;
  const opened = await tracer().ask("openTrace", source, "bytes" in source ? [source.bytes] : []);
  if (opened === undefined) return false;
  const { page, query } = nav.place.value;
  const set = leads === "dropped" ? { at: "", part: "", sel: "", only: "", of: "", q: "" } : {};
  // An address that names no page is that of a profile's first.
  const isUnnamed = !nav.isServed && page === FIRST_PAGE && query.of === undefined;
  if (isUnnamed || (leads === "dropped" && !isTracePage(page))) nav.go({ page: "trace", set }, true);
  else if (leads === "dropped") nav.go({ set }, true);
  summary.value = undefined;
  session.traceBefore.value = "";
  trace.value = opened;
  return true;
}

/** Compares the open trace with another one, by its tasks. */
export async function compareTrace(
  { tracer, traceBefore, nav }: Session,
  source: ProfileSource | undefined,
): Promise<void> {
  const transfer = source !== undefined && "bytes" in source ? [source.bytes] : [];
  traceBefore.value = await tracer().ask("compareTrace", source, transfer);
  if (source !== undefined) nav.go({ page: "tasks" });
}

/** Opens as a trace what is no profile; throws what is wrong with it as that where it is no trace either. */
export async function openUnread(
  session: Session,
  name: string,
  { unread, bytes }: Unread,
  leads: Leads,
): Promise<void> {
  if (!(await openTrace(session, { name, bytes: bytes.slice().buffer }, leads))) throw new Error(unread);
}

/** Opens the profile of the trace that the address names, whenever it leads to a page of profiles; `said` tells what goes on. */
export function followTrace(
  session: Session,
  said: (status: string, what: string, act: () => Promise<void>) => Promise<void>,
): void {
  const { nav, trace, tracer, analyst, opened, summary } = session;
  let last: string | undefined;
  let lastOf: TraceOpened | undefined;
  effect(() => {
    const of = trace.value;
    const { page, query } = nav.place.value;
    if (of !== lastOf) last = undefined;
    lastOf = of;
    if (of === undefined || isTracePage(page)) return;
    const name = query.of || of.derived[0]!;
    const { part = "", only = "" } = query;
    const key = JSON.stringify([name, part, only]);
    if (key === last) return;
    last = key;
    untracked(
      () =>
        void said(`Making the profile ${name}…`, of.name, async () => {
          const bytes = await tracer().ask("derived", { of: name, part, goroutine: only });
          const source = { name: `${name} of ${of.name}`, bytes: bytes.buffer };
          const answer = analyst.ask("open", source, [bytes.buffer]);
          opened.value++;
          const read = await answer;
          if ("unread" in read) throw new Error(read.unread);
          summary.value = read;
        }),
    );
  });
}
