import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { ToolError } from "../error.ts";
import type { Environment } from "./environment.ts";

/** The programs that may show a page or a picture, best first. */
export function browsers(env: Environment, platform: string = process.platform): string[] {
  const own = env.BROWSER ? [env.BROWSER] : [];
  if (platform === "darwin") return [...own, "/usr/bin/open"];
  // The empty argument is the window's title: without it, start takes a path with a space for one.
  if (platform === "win32") return [...own, "cmd /c start "];
  const known = ["chrome", "google-chrome", "chromium", "firefox", "sensible-browser"];
  return [...own, ...known, ...(env.DISPLAY ? ["xdg-open"] : [])];
}

/** Opens a file or a page in the first of these programs that starts, and waits for its end if `wait` says so. */
export async function view(programs: readonly string[], target: string, wait: boolean): Promise<void> {
  // Takes 3 ms to load, and most runs show nothing.
  const { spawn } = process.getBuiltinModule("node:child_process");
  for (const program of programs) {
    const [command = "", ...args] = program.split(" ");
    const child = spawn(command, [...args, target], { stdio: ["ignore", "ignore", "inherit"], detached: !wait });
    const started = await new Promise<boolean>((resolve) => {
      child.once("spawn", () => resolve(true)).once("error", () => resolve(false));
    });
    if (!started) continue;
    if (!wait) child.unref();
    else {
      if (child.exitCode === null) await once(child, "exit");
      // A browser's launcher may end before the browser has read the file.
      await setTimeout(1000);
    }
    return;
  }
  throw new ToolError(`no program to show ${target}: none of ${programs.join(", ")} could be started`);
}
