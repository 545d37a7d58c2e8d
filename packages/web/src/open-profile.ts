import type { Options } from "@pprof-ts/report";
import { readSettings } from "./configs.ts";
import type { ProfileSource, Summary } from "./protocol.ts";
import type { Session } from "./session.ts";
import type { Side } from "./sides.ts";

/** Opens the profile that the page came with: in the page itself, or beside it on the server; else one is asked for. */
export async function openFirst(session: Session): Promise<void> {
  await readSettings(session);
  const embedded = document.getElementById("pprof-profile")?.textContent;
  if (embedded) await open(session, { name: "the profile in this page", bytes: fromBase64(embedded) });
  else if (session.nav.isServed) await open(session, { ...recordingSource(session, 0), name: "the profile" });
}

function recordingSource(session: Session, recording: number): { url: string; options: Partial<Options> } {
  const url = new URL(`./profile?recording=${recording}`, location.href).href;
  return { url, options: session.settings.value?.options ?? {} };
}

/** Opens a recording of this session, or shows what changed since it. */
export async function openRecording(session: Session, recording: number, compares: boolean): Promise<void> {
  const name = session.settings.value?.recordings[recording] ?? "";
  const source = { ...recordingSource(session, recording), name };
  if (compares) await add(session, "old", source);
  else await open(session, source);
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
