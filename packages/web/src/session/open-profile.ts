import { effect, untracked } from "@preact/signals";
import { addressKeyRow } from "./address/address-keys.ts";
import { FIRST_PAGE } from "./address/state.ts";
import { isTracePage } from "./address/trace-place.ts";
import { readSettings } from "./configs.ts";
import type { Home } from "./home.ts";
import { compareTrace, followTrace, type Leads, openTrace, openUnread } from "./open-trace.ts";
import type { ProfileSource, Side, Summary } from "./protocol.ts";
import { typeRow } from "./sample-type.ts";
import type { Session } from "./session.ts";

/** What a profile is called that a page came with. */
export const IN_PAGE = "the profile in this page";

/** Opens the profile that the page came with: in the page itself, or where its address says; else one is asked for. */
export async function openFirst(session: Session): Promise<void> {
  await readSettings(session);
  followTrace(session, (status, what, act) => said(session, status, what, act));
  const [bytes, sources, trace] = ["pprof-profile", "pprof-sources", "pprof-trace"].map((id) =>
    embedded(id, session.home),
  );
  if (trace !== undefined) await openOnlyTrace(session, { name: "the trace in this page", bytes: trace });
  else if (session.settings.value?.isTrace) await openOnlyTrace(session, sourceAt(session, "0"));
  else if (bytes !== undefined) await open(session, { name: IN_PAGE, bytes, ...(sources && { sources }) });
  else followAddress(session);
}

/** Opens what is known to be a trace. */
async function openOnlyTrace(session: Session, source: ProfileSource): Promise<void> {
  await said(session, `Reading ${source.name}…`, source.name, async () => {
    if (!(await openTrace(session, source, "address"))) throw new Error("it is no trace of a format that is read");
  });
}

/** What an address has open: numbers of recordings where the tool serves the page, else addresses of files. */
interface Named {
  readonly shown: string | undefined;
  readonly base: string | undefined;
}

function namedIn({ nav: { isServed, place } }: Session): Named {
  const { recording = "0", src, base } = place.value.query;
  return { shown: isServed ? recording : src, base };
}

function isSame(a: Named, b: Named): boolean {
  return a.shown === b.shown && a.base === b.base;
}

/** Opens what the address names, whenever that changes. */
function followAddress(session: Session): void {
  let last: Named = { shown: undefined, base: undefined };
  effect(() => {
    const named = namedIn(session);
    if (isSame(named, last)) return;
    last = named;
    untracked(() => void openNamed(session));
  });
}

/** Opens what the address names, and what it is compared with. */
async function openNamed(session: Session): Promise<void> {
  const { nav, error, summary } = session;
  const named = namedIn(session);
  const { shown, base } = named;
  if (shown === undefined) return;
  await open(session, sourceAt(session, shown));
  // While that was read, another may have been opened.
  if (!isSame(namedIn(session), named)) return;
  if (base !== undefined && error.value === "") await add(session, "old", sourceAt(session, base));
  // Another kind of profile has other types.
  const { si } = nav.place.value.query;
  if (si !== undefined && summary.value !== undefined && typeRow(summary.value.sampleTypes, si) < 0)
    nav.go({ set: { si: "" } }, true);
}

/** An address as a page may give it, from where it is itself. One that is none is left to whoever fetches it to say. */
function addressOf(named: string): { readonly href: string; readonly pathname: string } {
  try {
    return new URL(named, location.href);
  } catch {
    return { href: named, pathname: named };
  }
}

function sourceAt({ nav, settings }: Session, named: string): ProfileSource {
  if (!nav.isServed) {
    const { href, pathname } = addressOf(named);
    return { url: href, options: undefined, name: pathname.slice(pathname.lastIndexOf("/") + 1) || href };
  }
  const url = new URL(`./profile?${new URLSearchParams({ recording: named })}`, location.href).href;
  const { options = {}, recordings = [] } = settings.value ?? {};
  return { url, options, name: recordings[Number(named)] ?? "the profile" };
}

/** Goes to a recording of this session, or to what changed since it. */
export function openRecording(session: Session, recording: number, compares: boolean): void {
  const { nav } = session;
  const before = namedIn(session);
  nav.go({ set: compares ? { base: String(recording) } : { recording: recording === 0 ? "" : String(recording) } });
  // A file may have been opened in place of it.
  if (isSame(namedIn(session), before)) void openNamed(session);
}

/** Goes to what was recorded just now: where the page that is shown is about another kind, to one that fits this, whole. */
export function openRecorded(session: Session, recording: number, kind: string): void {
  const { nav, settings } = session;
  const { query } = nav.place.value;
  const before = settings.value?.recordings[Number(query.recording ?? 0)] ?? "";
  const isSame = before.startsWith(`${kind} `);
  const filters = Object.keys(query).filter((key) => key === "q" || addressKeyRow(key).decides === "answer");
  nav.go({
    ...(isSame ? {} : { page: FIRST_PAGE }),
    set: { ...(isSame ? {} : Object.fromEntries(filters.map((key) => [key, ""]))), recording: String(recording) },
  });
}

/** Adds files to a side of the comparison: what pages show then is what changed. */
export async function addFiles(session: Session, side: Side, files: Iterable<File>): Promise<void> {
  if (session.trace.value !== undefined) {
    const [first] = files;
    if (first !== undefined) await compareWith(session, [first]);
    return;
  }
  for (const file of files) await add(session, side, { name: file.name, bytes: await file.arrayBuffer() });
}

/** Compares the trace that is open with a file of another one, or with none any more. */
export async function compareWith(session: Session, files: Iterable<File>): Promise<void> {
  const [file] = files;
  await said(session, file === undefined ? "" : `Comparing with ${file.name}…`, file?.name ?? "", async () =>
    compareTrace(session, file && { name: file.name, bytes: await file.arrayBuffer() }),
  );
}

/** Opens files that a person chose or dropped, together where there are several; nothing of them leaves the browser. */
export async function openFiles(session: Session, files: Iterable<File>): Promise<void> {
  const [first, ...others] = files;
  if (first === undefined) return;
  await open(session, { name: first.name, bytes: await first.arrayBuffer() }, "dropped");
  if (session.error.value !== "") return;
  if (session.home.isOwn) document.title = `${first.name} · pprof`;
  await addFiles(session, "fresh", others);
}

export async function leaveOut(session: Session, side: Side, row: number): Promise<void> {
  const { nav, summary } = session;
  if (side === "old" && summary.value?.old.length === 1 && nav.place.value.query.base !== undefined) {
    nav.go({ set: { base: "" } });
    return;
  }
  await answered(session, "Comparing…", "the comparison", () => session.analyst.ask("leaveOut", { side, row }));
}

async function add(session: Session, side: Side, source: ProfileSource): Promise<void> {
  await answered(session, `Comparing with ${source.name}…`, source.name, () =>
    session.analyst.ask("compare", { source, side }, handedOver(source)),
  );
}

async function open(session: Session, source: ProfileSource, leads: Leads = "address"): Promise<void> {
  const { analyst, nav, opened, summary, trace } = session;
  await said(session, `Reading ${source.name}…`, source.name, async () => {
    const answer = analyst.ask("open", source, handedOver(source));
    opened.value++;
    const read = await answer;
    if ("unread" in read) return openUnread(session, source.name, read, leads);
    trace.value = undefined;
    summary.value = read;
    if (isTracePage(nav.place.value.page)) nav.go({ page: FIRST_PAGE }, true);
  });
}

function handedOver(source: ProfileSource): Transferable[] {
  return "bytes" in source ? [source.bytes, ...(source.sources === undefined ? [] : [source.sources])] : [];
}

/** Asks for a profile and says meanwhile what is going on. */
async function answered(session: Session, status: string, what: string, ask: () => Promise<Summary>): Promise<void> {
  await said(session, status, what, async () => {
    const answer = ask();
    session.opened.value++;
    session.summary.value = await answer;
  });
}

/** Says what is going on while it does, and what went wrong. */
async function said(session: Session, status: string, what: string, act: () => Promise<void>): Promise<void> {
  session.status.value = status;
  session.error.value = "";
  try {
    await act();
  } catch (error) {
    const { message } = error as Error;
    session.error.value = message.startsWith(`${what} `) ? message : `${what}: ${message}`;
  } finally {
    session.analyst.progress.value = undefined;
    session.status.value = "";
  }
}

/** What this page holds in an element, or undefined. */
function embedded(id: string, { isOwn }: Home): ArrayBuffer | undefined {
  const text = isOwn ? document.getElementById(id)?.textContent : undefined;
  return text ? fromBase64(text) : undefined;
}

function fromBase64(text: string): ArrayBuffer {
  const binary = atob(text.trim());
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes.buffer;
}
