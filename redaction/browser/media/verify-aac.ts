/** Read a cleaned AAC file a second time; the twin of `files/media/verify_aac.py`. */

import { number, UnreadableFileError } from "../walker.ts";

/** Raise `UnreadableFileError` at the first byte that has no right to be there. */
export function verifyAac(clean: Uint8Array): void {
    const beginnings = new Set<number>();
    let at = 0;
    while (at < clean.length) {
        const [start, rest] = [number(clean, at, 4), number(clean, at + 3, 4)];
        const size = (rest >>> 13) & 0x1fff;
        // Sync, no checksum; no private bit; no bits of copyright; a fullness of ones.
        const spelled = (start & 0xfff70000) >>> 0 === 0xfff10000 && (start & 0x23c) === 0;
        if (!spelled || (rest & 0x1ffc) !== 0x1ffc || size < 8) throw new UnreadableFileError("sound-malformed");
        beginnings.add((start & 0xffffffc0) >>> 0);
        at += size;
    }
    if (at !== clean.length || beginnings.size !== 1) throw new UnreadableFileError("sound-malformed");
}
