import { type ReadonlySignal, signal } from "@preact/signals";
import { storage } from "./storage.ts";

/** One row an editor that opens a file by an address. */
export interface EditorRow {
  readonly name: string;
  readonly title: string;
  readonly address: (file: string, line: number) => string;
}

/** With a colon and a line, as most have it; a path of Windows begins with its drive. */
const byScheme = (scheme: string) => (file: string, line: number) =>
  `${scheme}://file${file.startsWith("/") ? "" : "/"}${encodeURI(file)}${line > 0 ? `:${line}` : ""}`;

export const EDITORS: readonly EditorRow[] = [
  { name: "vscode", title: "VS Code", address: byScheme("vscode") },
  { name: "cursor", title: "Cursor", address: byScheme("cursor") },
  { name: "zed", title: "Zed", address: byScheme("zed") },
  {
    name: "idea",
    title: "IntelliJ IDEA",
    address: (file, line) => `idea://open?file=${encodeURIComponent(file)}${line > 0 ? `&line=${line}` : ""}`,
  },
];

/** The editor that a person works with, which the browser remembers. */
export interface EditorChoice {
  readonly editor: ReadonlySignal<EditorRow>;
  readonly choose: (name: string) => void;
}

export function editorChoice(): EditorChoice {
  const stored = storage("pprof.editor");
  const rowOf = (name: string | undefined): EditorRow => EDITORS.find((row) => row.name === name) ?? EDITORS[0]!;
  const editor = signal(rowOf(stored.get()));
  return {
    editor,
    choose(name) {
      editor.value = rowOf(name);
      stored.set(editor.value.name);
    },
  };
}
