import { type Ui, write } from "./ui.ts";

const WIDTH = 30;

/** Shows on a terminal how far a recording of so many seconds is; returns what takes it away again. */
export function showRecording(ui: Ui, seconds: number | undefined): () => void {
  if (!ui.errorIsTerminal || seconds === undefined || seconds <= 0) return () => {};
  const start = performance.now();
  const draw = (): void => {
    const elapsed = (performance.now() - start) / 1000;
    const done = Math.min(elapsed / seconds, 1);
    const bar = "=".repeat(Math.round(done * WIDTH)).padEnd(WIDTH);
    const text = done < 1 ? `${Math.floor(elapsed)}s of ${seconds}s` : "waiting for the profile";
    write(2, `\r\x1b[Krecording [${bar}] ${text}`);
  };
  draw();
  const timer = setInterval(draw, 200);
  return () => {
    clearInterval(timer);
    write(2, "\r\x1b[K");
  };
}
