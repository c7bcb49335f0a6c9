/** Read a cleaned GIF a second time; the twin of `files/images/verify_gif.py`. */

import { asLatin1, LIMITS } from "../policy.ts";
import { type Demand, demanding, UnreadableFileError } from "../walker.ts";

const demand: Demand = demanding("picture-malformed");

/* eslint-disable no-control-regex -- bytes as text, one character for each; each matches from where it is tried */
const SCREEN = /^GIF89a(....)([\x70-\x77\xf0-\xf7]).\0/s;
const LOOP = /^!\xff\x0bNETSCAPE2\.0\x03\x01..\0/s;
const FRAME =
    /^(?:!\xf9\x04[\0\x01\x04\x05\x08\x09\x0c\x0d\x10\x11\x14\x15\x18\x19\x1c\x1d]...\0)?,....(....)([\0-\x07\x40-\x47\x80-\x87\xc0-\xc7])/s;
/* eslint-enable no-control-regex */
const LONGEST = 19;

/** Raise `UnreadableFileError` at the first byte that has no right to be there. */
export function verifyGif(clean: Uint8Array): void {
    const screen = SCREEN.exec(asLatin1(clean.subarray(0, 13)));
    demand(screen !== null);
    measure(screen[1]);
    let at = 13 + colours(screen[2]);
    let [frames, loops] = [0, 0];
    while (at !== clean.length - 1 || clean[at] !== 0x3b) {
        const next = asLatin1(clean.subarray(at, at + LONGEST));
        const frame = FRAME.exec(next);
        if (LOOP.test(next)) {
            loops++;
            at += LONGEST;
        } else {
            demand(frame !== null);
            frames++;
            measure(frame[1]);
            at = endOfData(clean, at + frame[0].length + colours(frame[2]));
        }
    }
    demand(frames > 0 && loops <= 1);
    if (frames > LIMITS.frames) throw new UnreadableFileError("picture-too-large");
}

/** The length in bytes of the colour table that flags announce. */
function colours(flags = ""): number {
    const value = flags.charCodeAt(0);
    return value >= 0x80 ? 3 * 2 ** ((value % 8) + 1) : 0;
}

function endOfData(clean: Uint8Array, start: number): number {
    const codeSize = clean[start] ?? 0;
    demand(codeSize >= 1 && codeSize <= 11);
    let at = start + 1;
    while ((clean[at] ?? 0) > 0) at += 1 + (clean[at] ?? 0);
    demand(at < clean.length);
    return at + 1;
}

function measure(size = ""): void {
    const [width, height] = [0, 2].map((at) => size.charCodeAt(at) + 256 * size.charCodeAt(at + 1));
    demand(width !== undefined && height !== undefined && width > 0 && height > 0);
    if (Math.max(width, height) > LIMITS.side || width * height > LIMITS.pixels) {
        throw new UnreadableFileError("picture-too-large");
    }
}
