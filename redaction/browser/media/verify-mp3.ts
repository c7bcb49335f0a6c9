/** Read a cleaned MP3 a second time; the twin of `files/media/verify_mp3.py`. */

import { type Demand, demanding, number } from "../walker.ts";

const demand: Demand = demanding("sound-malformed");

const LOW = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20];
/** By version: kilobits in steps of 8, samples a second, bytes of a frame for each step times that. */
const VERSIONS: Readonly<Record<number, readonly [steps: readonly number[], rates: readonly number[], factor: number]>> = {
    0x1a: [[0, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40], [44_100, 48_000, 32_000], 144],
    0x12: [LOW, [22_050, 24_000, 16_000], 72],
    0x02: [LOW, [11_025, 12_000, 8_000], 72],
};

/** Raise `UnreadableFileError` at the first byte that has no right to be there. */
export function verifyMp3(clean: Uint8Array): void {
    const kinds = new Set<number>();
    let [at, frames, first] = [0, 0, 0];
    while (at < clean.length) {
        const head = number(clean, at, 4);
        const size = frameSize(head);
        kinds.add(head & 0x1e0c00);
        if (frames++ === 0) first = size;
        at += size;
    }
    demand(frames > 0 && at === clean.length && kinds.size === 1);
    const word = sideEnd(number(clean, 0, 4));
    if (word + 8 > first || clean.subarray(4, word).some((byte) => byte > 0)) return;
    if (![0x58696e67, 0x496e666f].includes(number(clean, word, 4))) return;
    demand(frames > 1 && number(clean, word + 4, 4) < 8);
    judgeNumbers(clean.subarray(word + 7, first), frames - 1, clean.length);
}

function frameSize(head: number): number {
    const [steps, rates, factor] = VERSIONS[(head >>> 16) & 0x1e] ?? [[], [], 0];
    const [step, rate] = [steps[(head >>> 12) & 15] ?? 0, rates[(head >>> 10) & 3]];
    demand(head >>> 21 === 0x7ff && step > 0 && rate !== undefined && (head & 3) !== 2);
    return Math.floor((factor * 8000 * step) / rate) + ((head >>> 9) & 1);
}

/** Where the bytes for sound begin in a frame without a checksum. */
function sideEnd(head: number): number {
    const mono = (head & 0xc0) === 0xc0;
    if ((head & 0x180000) === 0x180000) return mono ? 21 : 36;
    return mono ? 13 : 21;
}

/** Judge what stands behind the word and the first three bytes of the flags. */
function judgeNumbers(body: Uint8Array, frames: number, size: number): void {
    const flags = body[0] ?? 0;
    let at = 1;
    for (const [flag, truth] of [
        [1, frames],
        [2, size],
    ] as const) {
        if (flags & flag) {
            demand(number(body, at, 4) === truth);
            at += 4;
        }
    }
    if (flags & 4) {
        const table = body.subarray(at, at + 100);
        demand(table.length === 100 && table.every((entry, i) => i === 0 || entry >= (table[i - 1] ?? 0)));
        at += 100;
    }
    const rest = body.subarray(at);
    const named = rest.length >= 24 && number(rest, 0, 4) === 0x4c414d45;
    demand(!rest.some((byte, i) => byte > 0 && !(named && (i < 4 || (i >= 21 && i < 24)))));
}
