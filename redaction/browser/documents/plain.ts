/** The twin of `files/documents/plain.py`, which says what stays of a text and why. */

import { trimmed, unified, visible } from "./invisible.ts";
import { verifyPlain } from "./verify-plain.ts";
import { INVISIBLE, LIMITS } from "../policy.ts";
import { sniff } from "../sniff.ts";
import { UnreadableFileError, WholeFile } from "../walker.ts";

export class PlainTextCleaner extends WholeFile {
    protected media = "text/plain";

    protected rewrite(): Uint8Array {
        if (this.untrusted.length > LIMITS.text_bytes) throw new UnreadableFileError("file-too-large");
        const text = this.lines(decoded(this.untrusted));
        const clean = this.trim(visible(text));
        if (clean !== text) this.note(["invisible-text"]);
        const written = new TextEncoder().encode(this.mark(clean));
        // What now begins like another type would be read as that type from here on.
        if (clean === "") throw new UnreadableFileError("file-empty");
        if (sniff(written) !== "text/plain") throw new UnreadableFileError("text-malformed");
        return written;
    }

    protected verify(clean: Uint8Array): void {
        verifyPlain(clean);
    }

    protected lines(text: string): string {
        return unified(text);
    }

    protected trim(text: string): string {
        return trimmed(text);
    }

    protected mark(text: string): string {
        return text;
    }
}

export class TableCleaner extends PlainTextCleaner {
    protected override media = "text/csv";

    protected override lines(text: string): string {
        // A line end that only Unicode knows is none between rows.
        return unified(text, " ");
    }

    protected override trim(text: string): string {
        return trimmed(text, INVISIBLE.blanks.replace("\t", ""));
    }

    protected override mark(text: string): string {
        return /^[\0-\x7f]*$/.test(text) ? text : `\ufeff${text}`;
    }
}

/** UTF-8 or, behind its mark, UTF-16; without the mark. */
export function decoded(untrusted: Uint8Array): string {
    const mark = ((untrusted[0] ?? 0) << 8) | (untrusted[1] ?? 0);
    const encoding = mark === 0xfffe ? "utf-16le" : mark === 0xfeff ? "utf-16be" : "utf-8";
    try {
        return new TextDecoder(encoding, { fatal: true }).decode(untrusted);
    } catch {
        throw new UnreadableFileError("text-encoding");
    }
}
