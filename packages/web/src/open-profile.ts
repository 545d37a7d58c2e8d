import { readSettings } from "./configs.ts";
import type { ProfileSource } from "./protocol.ts";
import type { Session } from "./session.ts";

/** Opens the profile that the page came with: in the page itself, or beside it on the server; else one is asked for. */
export async function openFirst(session: Session): Promise<void> {
  const embedded = document.getElementById("pprof-profile")?.textContent;
  if (embedded) await open(session, "the profile in this page", { bytes: fromBase64(embedded) });
  else if (session.nav.isServed) await openServed(session);
}

async function openServed(session: Session): Promise<void> {
  await readSettings(session);
  await open(session, "the profile", recordingSource(session, 0));
}

function recordingSource(session: Session, recording: number): ProfileSource {
  const url = new URL(`./profile?recording=${recording}`, location.href).href;
  return { url, options: session.settings.value?.options ?? {} };
}

/** Opens a recording of this session, or shows what changed since it. */
export async function openRecording(session: Session, recording: number, compares: boolean): Promise<void> {
  const name = session.settings.value?.recordings[recording] ?? "";
  const source = recordingSource(session, recording);
  if (compares) await compare(session, name, source);
  else await open(session, name, source);
}

/** Compares the open profile with a file: what is shown then is what changed since. */
export async function compareWith(session: Session, file: File): Promise<void> {
  await compare(session, file.name, { bytes: await file.arrayBuffer() });
}

async function compare(session: Session, name: string, source: ProfileSource): Promise<void> {
  await answered(session, `Comparing with ${name}…`, name, "compare", source);
}

/** Opens a file that a person chose or dropped; nothing of it leaves the browser. */
export async function openFile(session: Session, file: File): Promise<void> {
  await open(session, file.name, { bytes: await file.arrayBuffer() });
  if (session.summary.value !== undefined) document.title = `${file.name} · pprof`;
}

async function open(session: Session, what: string, source: ProfileSource): Promise<void> {
  await answered(session, `Reading ${what}…`, what, "open", source);
}

/** Asks for a profile and says meanwhile what is going on. */
async function answered(
  session: Session,
  status: string,
  what: string,
  question: "open" | "compare",
  source: ProfileSource,
): Promise<void> {
  session.status.value = status;
  session.error.value = "";
  try {
    session.summary.value = await session.analyst.ask(question, source, "bytes" in source ? [source.bytes] : []);
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
