// What `pprof test` has mocha load: root hooks, which say which test runs. Mocha runs one at a time.
import type { Registry } from "./program/record/registry.ts" with { "resolution-mode": "import" };

interface Hooked {
  readonly currentTest?: { readonly file?: string; titlePath(): string[] };
}

const found = (globalThis as unknown as Record<symbol, Registry | undefined>)[Symbol.for("@pprof-ts/runtime")];

exports.mochaHooks = {
  beforeEach(this: Hooked): void {
    const test = this.currentTest;
    if (found === undefined || test === undefined) return;
    const labels = { test: test.titlePath().join(" > "), file: require("node:path").relative("", test.file ?? "") };
    found.runningTest = () => labels;
  },
  afterEach(): void {
    if (found !== undefined) found.runningTest = undefined;
  },
};
