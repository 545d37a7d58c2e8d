/** What is wrong with a query or a store, in one sentence. */
export class FleetError extends Error {
  override readonly name: string = "FleetError";
}
