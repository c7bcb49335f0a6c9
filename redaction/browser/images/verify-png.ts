/**
 * Read a cleaned PNG a second time; the twin of `files/images/verify_png.py`.
 *
 * Checksums are not computed again: the bytes between two of them were copied in one piece.
 */

import { asLatin1, LIMITS } from "../policy.ts";
import { type Demand, demanding, number, UnreadableFileError } from "../walker.ts";

const demand: Demand = demanding("png-malformed");

/** Length of each chunk's data: least and most. PNG third edition §11. */
const LENGTHS: Readonly<Record<string, readonly [number, number]>> = {
    IHDR: [13, 13],
    PLTE: [3, 768],
    tRNS: [1, 256],
    gAMA: [4, 4],
    cHRM: [32, 32],
    sRGB: [1, 1],
    sBIT: [1, 4],
    cICP: [4, 4],
    acTL: [8, 8],
    fcTL: [26, 26],
    fdAT: [4, 2 ** 31 - 1],
    IDAT: [0, 2 ** 31 - 1],
    IEND: [0, 0],
};
const REPEATABLE = ["IDAT", "fdAT", "fcTL"];
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
    0: [1, 2, 4, 8, 16],
    2: [8, 16],
    3: [1, 2, 4, 8],
    4: [8, 16],
    6: [8, 16],
};

/** Raise `UnreadableFileError` at the first byte that has no right to be there. */
export function verifyPng(clean: Uint8Array): void {
    demand(asLatin1(clean.subarray(0, 8)) === "\x89PNG\r\n\x1a\n");
    const met = new Set<string>();
    let [at, last, frames] = [8, "", 0];
    while (last !== "IEND") {
        const length = number(clean, at, 4);
        const kind = asLatin1(clean.subarray(at + 4, at + 8));
        const [least, most] = LENGTHS[kind] ?? [1, 0];
        demand(least <= length && length <= most && at + 12 + length <= clean.length);
        demand(isInPlace(kind, last, met));
        if (kind === "IHDR") demand(isHeader(clean.subarray(at + 8, at + 21)));
        if (kind === "fcTL" && ++frames > LIMITS.frames) throw new UnreadableFileError("picture-too-large");
        met.add(kind);
        at += 12 + length;
        last = kind;
    }
    demand(at === clean.length);
}

function isInPlace(kind: string, last: string, met: ReadonlySet<string>): boolean {
    if ((kind === "IHDR") !== (met.size === 0)) return false;
    if (met.has(kind) && !REPEATABLE.includes(kind)) return false;
    if (kind === "IEND") return met.has("IDAT");
    if (kind === "IDAT") return last === "IDAT" || !met.has("IDAT");
    return !["PLTE", "tRNS", "acTL"].includes(kind) || !met.has("IDAT");
}

function isHeader(body: Uint8Array): boolean {
    const [width, height] = [number(body, 0, 4), number(body, 4, 4)];
    const [depth, colour, compression, filtering, interlace] = [8, 9, 10, 11, 12].map((at) => number(body, at, 1));
    const sound =
        width > 0 &&
        height > 0 &&
        (DEPTHS[colour ?? -1] ?? []).includes(depth ?? 0) &&
        compression === 0 &&
        filtering === 0 &&
        (interlace ?? 2) <= 1;
    if (sound && (Math.max(width, height) > LIMITS.side || width * height > LIMITS.pixels)) {
        throw new UnreadableFileError("picture-too-large");
    }
    return sound;
}
