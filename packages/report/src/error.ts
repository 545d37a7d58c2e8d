/** Why a report cannot be made, in the reference tool's words where it has some. */
export class ReportError extends Error {
  override readonly name: string = "ReportError";
}
