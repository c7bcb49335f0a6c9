/** Tell a file's type by its first bytes, the same as `files/sniff.py`. */

import { asLatin1, MARKUP, PLAIN_TEXTS, startsWith, TYPES } from "./policy.ts";

const SNIFF_BYTES = 4096;
/** Readers of PDF look for its beginning in the first kilobyte. */
const LATE_PDF = /^[^\0]{0,1000}[\r\n]%PDF-[12]\.[0-9][\r\n]/;

/** A media type by the first bytes; the name only chooses between kinds of plain text. */
export function sniff(untrusted: Uint8Array, declaredName = ""): string {
    const known = TYPES.find(
        ({ magic }) => magic.length > 0 && magic.every(([at, bytes]) => startsWith(untrusted, bytes, at)),
    );
    const first = untrusted.subarray(0, SNIFF_BYTES);
    return known?.media ?? (LATE_PDF.test(asLatin1(first)) ? "application/pdf" : sniffText(first, declaredName));
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
