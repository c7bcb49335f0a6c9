/** Read a cleaned AMR file a second time; the twin of `files/media/verify_amr.py`. */

import { asLatin1 } from "../policy.ts";
import { type Demand, demanding } from "../walker.ts";

const demand: Demand = demanding("sound-malformed");

type Frame = readonly [bytes: number, spare: number];

/** Bytes of a frame and how many bits at its end must be zero, by frame type. */
const NARROW: readonly Frame[] = [[12, 1], [13, 1], [15, 2], [17, 2], [19, 4], [20, 1], [26, 4], [31, 4], [5, 1]];
const WIDE: readonly Frame[] = [[17, 4], [23, 7], [32, 3], [36, 3], [40, 3], [46, 3], [50, 3], [58, 3], [60, 3], [5, 0]];
const EMPTY: readonly Frame[] = [[0, 0]];

/** Raise `UnreadableFileError` at the first byte that has no right to be there. */
export function verifyAmr(clean: Uint8Array): void {
    const wide = asLatin1(clean.subarray(0, 9)) === "#!AMR-WB\n";
    let at = wide ? 9 : 6;
    demand((wide || asLatin1(clean.subarray(0, 6)) === "#!AMR\n") && clean.length > at);
    while (at < clean.length) {
        const head = clean[at] ?? 0;
        const kind = head >> 3;
        const empty = kind === 15 || (wide && kind === 14);
        const [bytes, spare] = (empty ? EMPTY[0] : (wide ? WIDE : NARROW)[kind]) ?? [Infinity, 0];
        demand((head & 3) === 0 && at + 1 + bytes <= clean.length);
        at += 1 + bytes;
        demand(spare === 0 || (clean[at - 1] ?? 0) % 2 ** spare === 0);
    }
}
