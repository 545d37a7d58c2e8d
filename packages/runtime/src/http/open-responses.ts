import { once } from "node:events";
import type { ServerResponse } from "node:http";

/** The requests of some servers that are not answered yet. */
export class OpenResponses {
  readonly #open = new Set<ServerResponse>();

  add(response: ServerResponse): void {
    this.#open.add(response);
    response.on("close", () => this.#open.delete(response));
  }

  get count(): number {
    return this.#open.size;
  }

  /** Resolves when those that are open now are answered, or their clients gone. */
  async answered(): Promise<void> {
    await Promise.all(Array.from(this.#open, (response) => once(response, "close")));
  }
}
