/** What the walkers have in common: whole bytes in, clean bytes and a report out. */

/**
 * The file cannot be read with certainty, so nothing of it may be sent.
 * `code` is a key of `errors` in `words.json`.
 */
export class UnreadableFileError extends Error {
    override readonly name = "UnreadableFileError";
    readonly code: string;

    constructor(code: string) {
        super(code);
        this.code = code;
    }
}

export interface Cleaned {
    readonly bytes: Uint8Array;
    /** By content, never by name. */
    readonly media: string;
    readonly cleaned: boolean;
    /** Categories only, never a value; words for them stand in `words.json`. */
    readonly removed: string[];
    readonly warnings: string[];
}

/** In the order a reader cares about; the same as in `files/report.py`. */
const CATEGORIES = [
    "location",
    "time",
    "device",
    "author",
    "software",
    "thumbnail",
    "comment",
    "colour-profile",
    "trailer",
    "unknown",
];

export abstract class Walker {
    protected abstract readonly media: string;
    protected abstract readonly truncated: string;
    protected readonly removed = new Set<string>();
    protected readonly warnings = new Set<string>();
    protected readonly untrusted: Uint8Array;
    protected at = 0;
    private readonly pieces: Uint8Array[] = [];

    constructor(untrusted: Uint8Array) {
        this.untrusted = untrusted;
    }

    /** Raise `UnreadableFileError` unless every byte is understood and the result verified. */
    clean(): Cleaned {
        this.run();
        const bytes = join(this.pieces);
        this.verify(bytes);
        return {
            bytes,
            media: this.media,
            cleaned: true,
            removed: CATEGORIES.filter((category) => this.removed.has(category)),
            warnings: [...this.warnings],
        };
    }

    protected abstract run(): void;

    /** Read the result a second time, knowing nothing of how it was made. */
    protected abstract verify(clean: Uint8Array): void;

    protected take(count: number): Uint8Array {
        if (this.at + count > this.untrusted.length) throw new UnreadableFileError(this.truncated);
        this.at += count;
        return this.untrusted.subarray(this.at - count, this.at);
    }

    protected emit(...clean: Uint8Array[]): void {
        this.pieces.push(...clean);
    }

    protected note(categories: Iterable<string>): void {
        for (const category of categories) this.removed.add(category);
    }

    /** Leave what stands behind the end. */
    protected cutHere(): void {
        if (this.at < this.untrusted.length) this.removed.add("trailer");
    }
}

/** A big-endian number of *size* ≤ 4 bytes; bytes outside count as zero. */
export function number(bytes: Uint8Array, at: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (bytes[at + i] ?? 0);
    return value;
}

export function join(pieces: readonly Uint8Array[]): Uint8Array {
    const joined = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
        joined.set(piece, at);
        at += piece.length;
    }
    return joined;
}
