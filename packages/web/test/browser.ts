import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const INSTALLED: readonly string[] = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/**
 * A Chromium: the one that CHROME_PATH names, an installed one, or the one that npm brought (CHROME_PATH=npm asks for that
 * one); or why there is none. `own`: arguments of its command line.
 */
export async function openBrowser(...own: readonly string[]): Promise<Browser | string> {
  const args = ["--no-sandbox", ...own];
  const reasons: string[] = [];
  const named = process.env.CHROME_PATH;
  const candidates = named === "npm" ? [] : named ? [named] : INSTALLED.filter((path) => existsSync(path));
  for (const executablePath of candidates) {
    try {
      return await chromium.launch({ executablePath, args });
    } catch (error) {
      reasons.push(`${executablePath}: ${(error as Error).message.split("\n", 1)[0]}`);
    }
  }
  try {
    // Where libraries are missing, as on a server without a desktop, its own are taken along; it asks this variable.
    process.env.AWS_LAMBDA_JS_RUNTIME ??= "nodejs20.x";
    const { default: fromNpm } = await import("@sparticuz/chromium");
    return await chromium.launch({ executablePath: await fromNpm.executablePath(), args });
  } catch (error) {
    reasons.push(`npm's Chromium: ${(error as Error).message.split("\n", 1)[0]}`);
  }
  return reasons.join("; ");
}
