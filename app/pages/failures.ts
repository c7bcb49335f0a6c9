/** From an error to the sentence a citizen reads. What is not listed is a bug and gets the plain one. */

import { CryptoError, StaleKeyringError, TooLargeError, UnverifiedError } from "../../crypto/browser/errors.ts";
import { type CopyKey, say } from "./copy.ts";
import { RefusedError, UnreachableError } from "./http.ts";
import { ClosedTopicError } from "./intake.ts";

/** An Arabic letter takes two bytes, a blank one. */
export const BYTES_PER_LETTER = { ar: 1.8, en: 1 } as const;

/** What a page itself found wrong, with the sentence that says so. */
export class ToldError extends Error {
    override readonly name = "ToldError";
    readonly key: CopyKey;

    constructor(key: CopyKey) {
        super(key);
        this.key = key;
    }
}

interface Sentences {
    readonly offline: CopyKey;
    readonly other: CopyKey;
}

const REFUSALS: Readonly<Record<string, CopyKey>> = {
    "stale-keyring": "keyring_stale",
    "locked-down": "locked_down",
    "no-keyring": "no_keyring",
    "storage-full": "storage_full",
    "too-large": "files_too_large",
    "too-many-requests": "too_many",
    "work-wanted": "too_many",
};

/** Whether the error is one that the world can cause; any other is a bug and should be seen. */
export function isExpected(error: unknown): boolean {
    return [ToldError, UnreachableError, RefusedError, ClosedTopicError, CryptoError].some((kind) => error instanceof kind);
}

/** *bytesPerLetter* of the text that was too long; Arabic has about two. */
export function explain(error: unknown, sentences: Sentences, bytesPerLetter = 1): DocumentFragment {
    if (error instanceof ToldError) return say(error.key);
    if (error instanceof UnreachableError) return say(sentences.offline);
    if (error instanceof ClosedTopicError) return say("closed");
    if (error instanceof StaleKeyringError) return say("keyring_stale");
    if (error instanceof UnverifiedError) return say("keyring_unverified");
    if (error instanceof TooLargeError) return say("text_too_long", { letters: Math.ceil(error.over / bytesPerLetter) });
    if (error instanceof RefusedError) return say(REFUSALS[error.code] ?? (error.status === 429 ? "too_many" : sentences.other));
    return say(sentences.other);
}
