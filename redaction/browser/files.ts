/**
 * Clean a file on the citizen's own device, by content, the same as `files/cleaner.py`.
 *
 * A new format is one walker and one line in `CLEANERS`.
 */

import { JpegCleaner } from "./jpeg.ts";
import { PngCleaner } from "./png.ts";
import { PICTURE_NAMES, REFINED, startsWith, TYPES } from "./policy.ts";
import { type Cleaned, UnreadableFileError, type Walker } from "./walker.ts";

export { type Cleaned, UnreadableFileError };

const CLEANERS: Readonly<Record<string, new (untrusted: Uint8Array) => Walker>> = {
    "image/jpeg": JpegCleaner,
    "image/png": PngCleaner,
};
const UNKNOWN = "application/octet-stream";

/**
 * The same picture without its history; types we have no cleaner for come back as they are,
 * with `cleaned: false`.
 *
 * Raises `UnreadableFileError` if the file cannot be read with certainty, and for one that is
 * named like a picture we clean but is none. The result may share memory with *untrusted*.
 */
export function cleanFile(untrusted: Uint8Array, declaredName = ""): Cleaned {
    if (untrusted.length === 0) throw new UnreadableFileError("file-empty");
    const media = sniff(untrusted, declaredName);
    const Cleaner = CLEANERS[media];
    if (Cleaner !== undefined) return new Cleaner(untrusted).clean();
    if (PICTURE_NAMES.includes(extensionOf(declaredName))) throw new UnreadableFileError("picture-unknown");
    return { bytes: untrusted, media, cleaned: false, removed: [], warnings: ["not-cleaned"] };
}

/** A media type by the first bytes; the name only chooses between equal containers. */
export function sniff(untrusted: Uint8Array, declaredName = ""): string {
    const known = TYPES.find(({ magic }) => magic.every(([at, bytes]) => startsWith(untrusted, bytes, at)));
    const media = known?.media ?? UNKNOWN;
    return REFINED[media]?.[extensionOf(declaredName)] ?? media;
}

/** The name a file gets instead of its own: `file-1.jpg`. */
export function neutralName(index: number, media: string): string {
    const refined = Object.values(REFINED)
        .flatMap((inner) => Object.entries(inner))
        .find(([, inner]) => inner === media)?.[0];
    return `file-${index}.${TYPES.find((type) => type.media === media)?.extension ?? refined ?? "bin"}`;
}

function extensionOf(name: string): string {
    return /[^./]\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}
