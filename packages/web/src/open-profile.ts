import type { Settings } from "./configs.ts";
import type { ProfileSource } from "./protocol.ts";
import type { Session } from "./session.ts";

/** Opens the profile that the page came with: in the page itself, or beside it on the server; else one is asked for. */
export async function openFirst(session: Session): Promise<void> {
  const embedded = document.getElementById("pprof-profile")?.textContent;
  if (embedded) await open(session, "the profile in this page", { bytes: fromBase64(embedded) });
  else if (session.nav.isServed) await openServed(session);
}

async function openServed(session: Session): Promise<void> {
  const settings: Settings = await (await fetch("./settings")).json();
  session.configs.value = settings.configs;
  const url = new URL("./profile", location.href).href;
  await open(session, "the profile", { url, options: settings.options });
}

/** Compares the open profile with a file: what is shown then is what changed since. */
export async function compareWith(session: Session, file: File): Promise<void> {
  session.status.value = `Comparing with ${file.name}…`;
  session.error.value = "";
  try {
    const bytes = await file.arrayBuffer();
    session.summary.value = await session.analyst.ask("compare", { bytes }, [bytes]);
  } catch (error) {
    session.error.value = `${file.name}: ${(error as Error).message}`;
  } finally {
    session.status.value = "";
  }
}

/** Opens a file that a person chose or dropped; nothing of it leaves the browser. */
export async function openFile(session: Session, file: File): Promise<void> {
  await open(session, file.name, { bytes: await file.arrayBuffer() });
  if (session.summary.value !== undefined) document.title = `${file.name} · pprof`;
}

async function open(session: Session, what: string, source: ProfileSource): Promise<void> {
  session.status.value = `Reading ${what}…`;
  session.error.value = "";
  try {
    session.summary.value = await session.analyst.ask("open", source, "bytes" in source ? [source.bytes] : []);
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
