/**
 * Clean a file on the citizen's own device, by content, the same as `files/cleaner.py`.
 *
 * A new format is one class and one line in its group; groups other than the two most usual
 * kinds of pictures are loaded when such a file is picked.
 */

import { JpegCleaner } from "./images/jpeg.ts";
import { PngCleaner } from "./images/png.ts";
import { MARKUP, PLAIN_TEXTS, REFUSED, startsWith, TYPES } from "./policy.ts";
import { type Cleaned, type Cleaners, isUnreadable, UnreadableFileError } from "./walker.ts";

export { type Cleaned, type Cleaners, isUnreadable, UnreadableFileError };

export type Group = "media" | "documents" | "pdf";
/** Bring the cleaners of a group; `groups/` holds one module for each. */
export type LoadGroup = (group: Group) => Promise<Cleaners>;

const AT_HAND: Cleaners = { "image/jpeg": JpegCleaner, "image/png": PngCleaner };
const GROUPS: Readonly<Record<string, Group>> = {};
const SNIFF_BYTES = 4096;

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

/** A media type by the first bytes; the name only chooses between kinds of plain text. */
export function sniff(untrusted: Uint8Array, declaredName = ""): string {
    const known = TYPES.find(
        ({ magic }) => magic.length > 0 && magic.every(([at, bytes]) => startsWith(untrusted, bytes, at)),
    );
    return known?.media ?? sniffText(untrusted.subarray(0, SNIFF_BYTES), declaredName);
}

/** The name a file gets instead of its own: `file-1.jpg`. */
export function neutralName(index: number, media: string): string {
    return `file-${index}.${TYPES.find((type) => type.media === media)?.extension ?? "bin"}`;
}

function sniffText(first: Uint8Array, declaredName: string): string {
    const text = decode(first);
    // eslint-disable-next-line no-control-regex -- a text has none
    if (text === undefined || /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]/.test(text)) return "application/octet-stream";
    const markup = MARKUP.find(([, pattern]) => pattern.test(text))?.[0];
    return markup ?? PLAIN_TEXTS[extensionOf(declaredName)] ?? "text/plain";
}

/** Nothing for what is no text. */
function decode(first: Uint8Array): string | undefined {
    const mark = ((first[0] ?? 0) << 8) | (first[1] ?? 0);
    const encoding = mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : "utf-8";
    try {
        return new TextDecoder(encoding, { fatal: true }).decode(first, { stream: true });
    } catch {
        return undefined;
    }
}

function extensionOf(name: string): string {
    return /[^./]\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}
