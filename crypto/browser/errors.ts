/**
 * What can go wrong with a format, named for what the caller can do about it.
 *
 * *Malformed*: refuse the input. *No match*: try other keys. *Tampered* and *unverified*: raise
 * the alarm. *Receipt code*: ask the holder to correct it. *Stale*: fetch again. *Too large*:
 * shorten. Messages carry no secrets and nothing a person wrote.
 */

export class CryptoError extends Error {
    override readonly name: string = "CryptoError";
}

/** The bytes are not what they should be, in the one spelling they should have. */
export class MalformedError extends CryptoError {
    override readonly name: string = "MalformedError";
}

/** A recipient, identity, verifier key or signing key is not well-formed. */
export class MalformedKeyError extends MalformedError {
    override readonly name = "MalformedKeyError";
}

/** The header of an age file, or a stanza meant for us, is not well-formed. */
export class MalformedAgeFileError extends MalformedError {
    override readonly name = "MalformedAgeFileError";
}

/** What an age file held is not a padded payload of a known type. */
export class MalformedPayloadError extends MalformedError {
    override readonly name = "MalformedPayloadError";
}

/** The bytes are not a C2SP signed note. */
export class MalformedNoteError extends MalformedError {
    override readonly name = "MalformedNoteError";
}

/** The text is not a keyring, or not the text of the roots. */
export class MalformedKeyringError extends MalformedError {
    override readonly name = "MalformedKeyringError";
}

/** The text is not the counterfoil of a paper form. */
export class MalformedCounterfoilError extends MalformedError {
    override readonly name = "MalformedCounterfoilError";
}

/** The text is not a promise. */
export class MalformedStatementError extends MalformedError {
    override readonly name = "MalformedStatementError";
}

/** The text is not a checkpoint of a log. */
export class MalformedCheckpointError extends MalformedError {
    override readonly name = "MalformedCheckpointError";
}

/** The bytes are not a tile or a bundle of entries, or not of the width they should have. */
export class MalformedTileError extends MalformedError {
    override readonly name = "MalformedTileError";
}

/** A proof has another number of hashes than its sizes ask for, or no such leaf exists. */
export class MalformedProofError extends MalformedError {
    override readonly name = "MalformedProofError";
}

/** The text is not a policy of witnesses. */
export class MalformedPolicyError extends MalformedError {
    override readonly name = "MalformedPolicyError";
}

/** The entry is none of the leaves of a log. */
export class MalformedLeafError extends MalformedError {
    override readonly name = "MalformedLeafError";
}

/** None of the identities opens this age file. */
export class NoMatchError extends CryptoError {
    override readonly name = "NoMatchError";
}

/** Somebody without the key changed the bytes, or they were cut off on the way. */
export class TamperedError extends CryptoError {
    override readonly name: string = "TamperedError";
}

/** The MAC over the header of an age file is wrong. */
export class TamperedHeaderError extends TamperedError {
    override readonly name = "TamperedHeaderError";
}

/** The payload of an age file is changed, cut off, or followed by more bytes. */
export class TamperedPayloadError extends TamperedError {
    override readonly name = "TamperedPayloadError";
}

/** The message is not by the holder of the thread, or not at the place it says. */
export class TamperedMessageError extends TamperedError {
    override readonly name = "TamperedMessageError";
}

/** No signature, or too few of them, by the keys that must have signed. */
export class UnverifiedError extends CryptoError {
    override readonly name = "UnverifiedError";
}

/** The leaf is not in the tree. */
export class InvalidProofError extends CryptoError {
    override readonly name: string = "InvalidProofError";
}

/** A tile or bundle is not the one that the signed root stands for. */
export class DifferentTileError extends InvalidProofError {
    override readonly name = "DifferentTileError";
}

/** The keyring is not valid today, or older than one already seen. */
export class StaleKeyringError extends CryptoError {
    override readonly name = "StaleKeyringError";
}

/** The text does not fit into the largest size class. */
export class TooLargeError extends CryptoError {
    override readonly name = "TooLargeError";
    /** By how many bytes. */
    readonly over: number;

    constructor(over: number) {
        super(`${over} bytes too many`);
        this.over = over;
    }
}

export type ReceiptCodeProblem =
    | "empty"
    | "too_long"
    | "word_count"
    | "digit_count"
    | "unknown_word"
    | "checksum"
    | "check_digits";

/**
 * The holder can correct this code: *count* is the number of words or digits found; *position*
 * (from 1), *word* and *nearest* describe the first word that the list does not know.
 */
export class ReceiptCodeError extends CryptoError {
    override readonly name = "ReceiptCodeError";
    readonly kind: ReceiptCodeProblem;
    readonly count: number;
    readonly position: number;
    readonly word: string;
    readonly nearest: string;

    constructor(
        kind: ReceiptCodeProblem,
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
