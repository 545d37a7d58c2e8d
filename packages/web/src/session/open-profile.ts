import { effect, untracked } from "@preact/signals";
import { readSettings } from "./configs.ts";
import type { ProfileSource, Side, Summary } from "./protocol.ts";
import type { Session } from "./session.ts";
import type { Query } from "./state.ts";

/** Opens the profile that the page came with: in the page itself, or beside it on the server; else one is asked for. */
export async function openFirst(session: Session): Promise<void> {
  await readSettings(session);
  const embedded = document.getElementById("pprof-profile")?.textContent;
  if (embedded) await open(session, { name: "the profile in this page", bytes: fromBase64(embedded) });
  else if (session.nav.isServed) followRecordings(session);
}

/** Opens what the address names, whenever that changes. */
function followRecordings(session: Session): void {
  let shown: string | undefined;
  effect(() => {
    const named = namedIn(session.nav.place.value.query);
    if (named === shown) return;
    shown = named;
    untracked(() => void openNamed(session));
  });
}

/** The part of an address that says which recordings are open. */
function namedIn({ recording = "0", base }: Query): string {
  return `${recording} ${base}`;
}

/** Opens the recording that the address names, and what it is compared with. */
async function openNamed(session: Session): Promise<void> {
  const { nav } = session;
  const { recording = "0", base } = nav.place.value.query;
  await open(session, recordingSource(session, recording));
  if (base !== undefined && session.error.value === "") await add(session, "old", recordingSource(session, base));
  // Another kind of profile has other types.
  const { si } = nav.place.value.query;
  if (si !== undefined && session.summary.value?.sampleTypes.every(({ type }) => type !== si))
    nav.go({ set: { si: "" } }, true);
}

function recordingSource(session: Session, recording: string): ProfileSource {
  const url = new URL(`./profile?${new URLSearchParams({ recording })}`, location.href).href;
  const { options = {}, recordings = [] } = session.settings.value ?? {};
  return { url, options, name: recordings.length < 2 ? "the profile" : (recordings[Number(recording)] ?? "") };
}

/** Goes to a recording of this session, or to what changed since it. */
export function openRecording(session: Session, recording: number, compares: boolean): void {
  const { nav } = session;
  const before = namedIn(nav.place.value.query);
  nav.go({ set: compares ? { base: String(recording) } : { recording: recording === 0 ? "" : String(recording) } });
  // A file may have been opened in place of it.
  if (namedIn(nav.place.value.query) === before) void openNamed(session);
}

/** Adds files to a side of the comparison: what pages show then is what changed. */
export async function addFiles(session: Session, side: Side, files: Iterable<File>): Promise<void> {
  for (const file of files) await add(session, side, { name: file.name, bytes: await file.arrayBuffer() });
}

/** Opens files that a person chose or dropped, together where there are several; nothing of them leaves the browser. */
export async function openFiles(session: Session, files: Iterable<File>): Promise<void> {
  const [first, ...others] = files;
  if (first === undefined) return;
  await open(session, { name: first.name, bytes: await first.arrayBuffer() });
  if (session.error.value !== "") return;
  document.title = `${first.name} · pprof`;
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

async function open(session: Session, source: ProfileSource): Promise<void> {
  await answered(session, `Reading ${source.name}…`, source.name, () =>
    session.analyst.ask("open", source, handedOver(source)),
  );
}

function handedOver(source: ProfileSource): Transferable[] {
  return "bytes" in source ? [source.bytes] : [];
}

/** Asks for a profile and says meanwhile what is going on. */
async function answered(session: Session, status: string, what: string, ask: () => Promise<Summary>): Promise<void> {
  session.status.value = status;
  session.error.value = "";
  try {
    const answer = ask();
    session.opened.value++;
    session.summary.value = await answer;
  } catch (error) {
    session.error.value = `${what}: ${(error as Error).message}`;
  } finally {
    session.status.value = "";
  }
}

function fromBase64(text: string): ArrayBuffer {
  const binary = atob(text.trim());
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes.buffer;
}
