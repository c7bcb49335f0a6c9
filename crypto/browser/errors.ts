/** One hierarchy, named for what the caller can do. Messages carry no secrets. */

export class CryptoError extends Error {
    override readonly name: string = "CryptoError";
}

/** The bytes are not what they should be: nothing to retry. */
export class MalformedError extends CryptoError {
    override readonly name: string = "MalformedError";
}

export class MalformedAgeFileError extends MalformedError {
    override readonly name = "MalformedAgeFileError";
}

export class MalformedNoteError extends MalformedError {
    override readonly name = "MalformedNoteError";
}

export class MalformedKeyringError extends MalformedError {
    override readonly name = "MalformedKeyringError";
}

export class MalformedPayloadError extends MalformedError {
    override readonly name = "MalformedPayloadError";
}

/** No identity opens the file: it is for somebody else. */
export class NoMatchError extends CryptoError {
    override readonly name = "NoMatchError";
}

/** An authentication tag is wrong: the bytes were altered or cut. */
export class TamperedError extends CryptoError {
    override readonly name = "TamperedError";
}

/** No signature by a key we know. */
export class UnverifiedError extends CryptoError {
    override readonly name = "UnverifiedError";
}

/** The keyring is not for today, older than one seen, or of another origin. */
export class StaleKeyringError extends CryptoError {
    override readonly name = "StaleKeyringError";
}

export type ReceiptCodeErrorKind =
    | "empty"
    | "too_long"
    | "word_count"
    | "digit_count"
    | "unknown_word"
    | "checksum"
    | "check_digits";

/** The code is not one of ours; *details* say what to correct. Never shown to the server. */
export class ReceiptCodeError extends CryptoError {
    override readonly name = "ReceiptCodeError";
    readonly kind: ReceiptCodeErrorKind;
    /** How many words or digits there were. */
    readonly count: number;
    /** Which word, from 1, was not known; 0 if none. */
    readonly position: number;
    readonly word: string;
    readonly nearest: string;

    constructor(
        kind: ReceiptCodeErrorKind,
        details: { count?: number; position?: number; word?: string; nearest?: string } = {},
    ) {
        super(kind);
        this.kind = kind;
        this.count = details.count ?? 0;
        this.position = details.position ?? 0;
        this.word = details.word ?? "";
        this.nearest = details.nearest ?? "";
    }
}
