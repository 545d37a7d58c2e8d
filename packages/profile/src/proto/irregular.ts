import { ProfileError } from "../error.ts";

/**
 * Says that a message is not as nearly all producers write it. Readers for those that are catch this, and `decode` reads
 * the message: nobody ever sees the error.
 */
export function irregular(): never {
  throw new ProfileError("not a profile as nearly all producers write it");
}
