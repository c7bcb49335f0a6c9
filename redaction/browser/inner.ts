/** Files inside files: the twin of `clean_inner` in `files/registry.py`. */

import { cleaners as media } from "./groups/media.ts";
import { JpegCleaner } from "./images/jpeg.ts";
import { PngCleaner } from "./images/png.ts";
import { REFUSED } from "./policy.ts";
import { sniff } from "./sniff.ts";
import { type Cleaned, type Cleaners, UnreadableFileError } from "./walker.ts";

const MAX_DEPTH = 1;
const CLEANERS: Cleaners = { "image/jpeg": JpegCleaner, "image/png": PngCleaner, ...media };

/**
 * Clean a picture, sound or film that lay inside another file, whose *depth* is given.
 *
 * Raises `UnreadableFileError`: `too-deep` for a file that lies inside such a file again and may
 * itself hold files.
 */
export function cleanInner(untrusted: Uint8Array, depth: number): Cleaned {
    const type = sniff(untrusted);
    if (depth >= MAX_DEPTH && !isLeaf(type)) throw new UnreadableFileError("too-deep");
    const Cleaner = CLEANERS[type];
    if (Cleaner === undefined) throw new UnreadableFileError(REFUSED[type] ?? "type-unknown");
    return new Cleaner(untrusted, "", depth + 1).clean();
}

/** Whether files of a type hold no files. */
function isLeaf(type: string): boolean {
    return /^(?:image|audio|video)\//.test(type) && type !== "image/svg+xml";
}
