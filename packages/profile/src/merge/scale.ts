import { ProfileError } from "../error.ts";
import { selectSamples } from "../filter.ts";
import type { Profile } from "../profile.ts";
import { requireSameTypes } from "./merge.ts";

/**
 * The profile with its values multiplied: all by one ratio, or those of each sample type by a ratio of their own.
 *
 * Values are rounded, halves away from zero, and held within int64; as in the reference tool, the product is a float64
 * and of values beyond 2^53 only its first 53 bits are right. Unless every ratio is 1, a sample stays only if a value
 * whose ratio is not 1 is still not zero.
 */
export function scale(profile: Profile, ratio: number | readonly number[]): Profile {
  const { samples, sampleTypes } = profile;
  const ratios = typeof ratio === "number" ? sampleTypes.map(() => ratio) : ratio;
  if (ratios.length !== sampleTypes.length) {
    throw new ProfileError(`mismatched scale ratios, got ${ratios.length}, want ${sampleTypes.length}`);
  }
  if (ratios.every((each) => each === 1)) return profile;
  const values = samples.values.map((column, type) => (ratios[type] === 1 ? column : times(column, ratios[type]!)));
  const rows: number[] = [];
  for (let row = 0; row < samples.length; row++) {
    if (values.some((column, type) => ratios[type] !== 1 && column[row] !== 0n)) rows.push(row);
  }
  return { ...profile, samples: selectSamples({ ...samples, values }, rows) };
}

/** The profile scaled so that the sum of each sample type's values is that of `base`; zero stays zero. */
export function normalize(profile: Profile, base: Profile): Profile {
  requireSameTypes(profile, base);
  const ratios = profile.sampleTypes.map((_, type) => {
    const own = sum(profile.samples.values[type]!);
    return own === 0n ? 0 : Number(sum(base.samples.values[type]!)) / Number(own);
  });
  return scale(profile, ratios);
}

/** The sum of a column, wrapping as int64 does. */
function sum(column: BigInt64Array): bigint {
  let total = 0n;
  for (const value of column) total = BigInt.asIntN(64, total + value);
  return total;
}

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

function times(column: BigInt64Array, ratio: number): BigInt64Array {
  return column.map((value) => {
    const product = Number(value) * ratio;
    if (Number.isNaN(product)) return 0n;
    if (!Number.isFinite(product)) return product > 0 ? MAX : MIN;
    const whole = Math.trunc(product);
    return clamp(BigInt(Math.abs(product - whole) < 0.5 ? whole : whole + Math.sign(product)));
  });
}

function clamp(value: bigint): bigint {
  return value > MAX ? MAX : value < MIN ? MIN : value;
}
