import type { Analysis } from "../../analyze.ts";

/** The profile's comments, a line each. */
export function printComments({ profile }: Analysis): string {
  return profile.comments.map((comment) => `${comment}\n`).join("");
}
