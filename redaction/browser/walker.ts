/** What the cleaners have in common: whole bytes in, clean bytes and a report out. */

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

export type Demand = (condition: boolean) => asserts condition;

/** A check that raises `UnreadableFileError` with *code* for whatever is false. */
export function demanding(code: string): Demand {
    return (condition) => {
        if (!condition) throw new UnreadableFileError(code);
    };
}

/** Scripts that are loaded later bring a class of their own, so the name decides. */
export function isUnreadable(error: unknown): error is UnreadableFileError {
    return error instanceof Error && error.name === "UnreadableFileError";
}

export interface Cleaned {
    readonly bytes: Uint8Array;
    /** By content, never by name. */
    readonly media: string;
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
    "history",
    "attachment",
    "script",
    "link",
    "identifier",
    "file-name",
    "invisible-text",
    "track",
    "colour-profile",
    "trailer",
    "unknown",
];

const WARNINGS = [
    "colours-may-change",
    "voice",
    "hidden-content",
    "changes-accepted",
    "notes-dropped",
    "forms-flattened",
    "files-dropped",
];

/**
 * The cleaner of one file, used once. `depth` is 0 for a file that a person chose, 1 for one
 * that lay inside it. The clean bytes may share memory with the untrusted ones.
 */
export abstract class WholeFile {
    /** May be made exact while the file is read. */
    protected abstract media: string;
    protected readonly removed = new Set<string>();
    protected readonly warnings = new Set<string>();

    protected readonly untrusted: Uint8Array;
    protected readonly declaredName: string;
    protected readonly depth: number;

    constructor(untrusted: Uint8Array, declaredName = "", depth = 0) {
        this.untrusted = untrusted;
        this.declaredName = declaredName;
        this.depth = depth;
    }

    /** Raise `UnreadableFileError` unless every byte is understood and the result verified. */
    clean(): Cleaned {
        const bytes = this.rewrite();
        this.verify(bytes);
        return {
            bytes,
            media: this.media,
            removed: CATEGORIES.filter((category) => this.removed.has(category)),
            warnings: WARNINGS.filter((warning) => this.warnings.has(warning)),
        };
    }

    /** Copy what the format's allow-list names. */
    protected abstract rewrite(): Uint8Array;

    /** Read the result a second time, knowing nothing of how it was made. */
    protected abstract verify(clean: Uint8Array): void;

    protected note(categories: Iterable<string>): void {
        for (const category of categories) this.removed.add(category);
    }
}

export type CleanerClass = new (untrusted: Uint8Array, declaredName?: string, depth?: number) => WholeFile;
export type Cleaners = Readonly<Record<string, CleanerClass>>;

/** A cleaner that reads from the beginning to the end and copies what may stay. */
export abstract class Walker extends WholeFile {
    protected abstract readonly truncated: string;
    protected at = 0;
    private readonly pieces: Uint8Array[] = [];

    protected rewrite(): Uint8Array {
        this.run();
        return join(this.pieces);
    }

    protected abstract run(): void;

    protected take(count: number): Uint8Array {
        if (this.at + count > this.untrusted.length) throw new UnreadableFileError(this.truncated);
        this.at += count;
        return this.untrusted.subarray(this.at - count, this.at);
    }

    protected emit(...clean: Uint8Array[]): void {
        this.pieces.push(...clean);
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
