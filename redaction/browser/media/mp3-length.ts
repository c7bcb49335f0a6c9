/** The first frame of many MP3 files, numbers instead of sound; the twin of `files/media/mp3_length.py`. */

import { bigBytes } from "../bytes.ts";
import { sideSize } from "./mp3-frames.ts";
import { asLatin1, latin1 } from "../policy.ts";
import { join, number } from "../walker.ts";

const [FRAMES, BYTES, TABLE, QUALITY] = [1, 2, 4, 8];
const ENTRIES = 100;
const VBRI_AT = 36;
/** Players read the numbers only behind the name of an encoder that they know. */
const NAMES = ["LAME", "Lavf", "Lavc"];
const DELAYS_AT = 21;
const REST = 12;

export interface LengthFrame {
    readonly word: string;
    readonly flags: number;
    readonly frames: number;
    /** 24 bits, 12 for each end; missing without LAME. */
    readonly delays: number | undefined;
}

/** What the frame says, nothing for a frame of sound. */
export function readLength(frame: Uint8Array): LengthFrame | undefined {
    // Whether there is a checksum does not move the word.
    const at = 4 + sideSize(frame, 0);
    const word = asLatin1(frame.subarray(at, at + 4));
    if (word === "Xing" || word === "Info") return readXing(frame, at, word);
    if (asLatin1(frame.subarray(VBRI_AT, VBRI_AT + 4)) !== "VBRI") return undefined;
    return { word: "Xing", flags: FRAMES | BYTES | TABLE, frames: 0, delays: undefined };
}

function readXing(frame: Uint8Array, at: number, word: string): LengthFrame {
    const flags = number(frame, at + 4, 4) & (FRAMES | BYTES | TABLE | QUALITY);
    const frames = flags & FRAMES ? number(frame, at + 8, Math.min(4, Math.max(0, frame.length - at - 8))) : 0;
    let after = at + 8;
    for (const [flag, size] of [
        [FRAMES, 4],
        [BYTES, 4],
        [TABLE, ENTRIES],
        [QUALITY, 4],
    ] as const) {
        if (flags & flag) after += size;
    }
    const told = NAMES.includes(asLatin1(frame.subarray(after, after + 4))) && after + DELAYS_AT + 3 <= frame.length;
    return { word, flags: flags & ~QUALITY, frames, delays: told ? number(frame, after + DELAYS_AT, 3) : undefined };
}

/** A frame as long as *old* for frames of sound with these *sizes*, or nothing where the numbers do not fit. */
export function writeLength(old: Uint8Array, said: LengthFrame, sizes: readonly number[]): Uint8Array {
    const total = sizes.reduce((sum, size) => sum + size, old.length);
    const body = [latin1(said.word), bigBytes(said.flags, 4)];
    if (said.flags & FRAMES) body.push(bigBytes(sizes.length, 4));
    if (said.flags & BYTES) body.push(bigBytes(total, 4));
    if (said.flags & TABLE) body.push(table(old.length, sizes, total));
    if (said.delays !== undefined) {
        // The silence at the end was counted from the last frame; with others it is no more.
        const complete = (said.flags & FRAMES) > 0 && said.frames === sizes.length;
        const delays = complete ? said.delays : said.delays & 0xfff000;
        body.push(latin1("LAME"), new Uint8Array(DELAYS_AT - 4), bigBytes(delays, 3), new Uint8Array(REST));
    }
    const written = new Uint8Array(old.length);
    written.set(old.subarray(0, 4));
    written[1] = (old[1] ?? 0) | 1;
    const start = 4 + sideSize(old, 0);
    const numbers = join(body);
    if (old.length - start < numbers.length - REST) return new Uint8Array();
    written.set(numbers.subarray(0, old.length - start), start);
    return written;
}

/** For each hundredth of the time how many 256ths of the bytes come before. */
function table(first: number, sizes: readonly number[], total: number): Uint8Array {
    let [before, done] = [first, 0];
    return Uint8Array.from({ length: ENTRIES }, (_, entry) => {
        const frame = Math.floor((entry * sizes.length) / ENTRIES);
        for (; done < frame; done++) before += sizes[done] ?? 0;
        return Math.min(255, Math.floor((256 * before) / total));
    });
}
