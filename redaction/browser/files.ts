/**
 * Clean a file on the citizen's own device, by content, the same as `files/cleaner.py`.
 *
 * A new format is one class and one line in its group; groups other than the two most usual
 * kinds of pictures are loaded when such a file is picked.
 */

import { JpegCleaner } from "./images/jpeg.ts";
import { PngCleaner } from "./images/png.ts";
import { REFUSED, TYPES } from "./policy.ts";
import { sniff } from "./sniff.ts";
import { type Cleaned, type Cleaners, isUnreadable, UnreadableFileError } from "./walker.ts";

export { type Cleaned, type Cleaners, isUnreadable, sniff, UnreadableFileError };

export type Group = "media" | "documents" | "pdf" | "texts";
/** Bring the cleaners of a group; `groups/` holds one module for each. */
export type LoadGroup = (group: Group) => Promise<Cleaners>;

const AT_HAND: Cleaners = { "image/jpeg": JpegCleaner, "image/png": PngCleaner };
const GROUPS: Readonly<Record<string, Group>> = {
    "image/webp": "media",
    "image/x-emf": "media",
    "image/x-wmf": "media",
    "image/gif": "media",
    "audio/mpeg": "media",
    "audio/aac": "media",
    "audio/amr": "media",
    "audio/wav": "media",
    "audio/aiff": "media",
    "audio/flac": "media",
    "audio/ogg": "media",
    "audio/mp4": "media",
    "video/mp4": "media",
    "video/quicktime": "media",
    "video/3gpp": "media",
    "video/x-matroska": "media",
    "image/heic": "media",
    "image/avif": "media",
    "text/plain": "texts",
    "text/csv": "texts",
    "application/zip": "documents",
    "application/pdf": "pdf",
};

/**
 * The same content without its history.
 *
 * Raises `UnreadableFileError` if the file cannot be read with certainty, and for types that
 * we cannot clean: nothing passes uncleaned. The result may share memory with *untrusted*.
 */
export async function cleanFile(untrusted: Uint8Array, declaredName: string, load: LoadGroup): Promise<Cleaned> {
    if (untrusted.length === 0) throw new UnreadableFileError("file-empty");
    const media = sniff(untrusted, declaredName);
    const group = GROUPS[media];
    const Cleaner = AT_HAND[media] ?? (group === undefined ? undefined : (await load(group))[media]);
    if (Cleaner === undefined) throw new UnreadableFileError(REFUSED[media] ?? "type-unknown");
    return new Cleaner(untrusted, declaredName).clean();
}

/** The name a file gets instead of its own: `file-1.jpg`. */
export function neutralName(index: number, media: string): string {
    return `file-${index}.${TYPES.find((type) => type.media === media)?.extension ?? "bin"}`;
}
