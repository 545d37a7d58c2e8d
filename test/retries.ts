// A reporter for Vitest: why a test that passed at a later try did not pass at first, which its own reporters leave out.
import { stripVTControlCharacters } from "node:util";
import type { Reporter, TestCase } from "vitest/node";

export class Retries implements Reporter {
  readonly #lines: string[] = [];

  onTestCaseResult(test: TestCase): void {
    const { state, errors = [] } = test.result();
    if (state !== "passed") return;
    for (const { message, stack } of errors) {
      const place = stack?.split("\n").find((line) => line.includes(".test.ts"));
      this.#lines.push(
        `${test.fullName}: ${stripVTControlCharacters(message)}${place === undefined ? "" : `\n${place}`}`,
      );
    }
  }

  onTestRunEnd(): void {
    if (this.#lines.length > 0) console.log(`\nPassed at a later try:\n${this.#lines.join("\n")}`);
  }
}
