/** What the log will say about a message, and the promise to say it (SPEC.md §6). */

import { concat, parseBase64, sha256Of, toBase64, utf8 } from "./bytes.ts";
import { dayNumber } from "./dates.ts";
import { MalformedStatementError, UnverifiedError } from "./errors.ts";
import { isKeyName, openNote, sign, type SigningKey, VerifierKey } from "./note.ts";

/** A real message; 0 is a cover leaf. */
const SUBMISSION_KIND = 1;

export function contentCommit(salt: Uint8Array, ageDigest: Uint8Array): Uint8Array {
    return sha256Of(utf8("wasl/content/v1\n"), salt, ageDigest);
}

export function rollCommit(seed: Uint8Array): Uint8Array {
    return sha256Of(utf8("wasl/roll-seed/v1\n"), seed);
}

export function acceptCommitment(
    logSalt: Uint8Array,
    content: Uint8Array,
    roll: Uint8Array,
    kind: number = SUBMISSION_KIND,
): Uint8Array {
    return sha256Of(concat(utf8("wasl/accept/v1\n"), logSalt, Uint8Array.of(kind), content, roll));
}

/** The server's signed word that *commitment* is in the log by *mergeBy*. */
export class LogPromise {
    readonly origin: string;
    readonly commitment: Uint8Array;
    readonly mergeBy: string;

    constructor(origin: string, commitment: Uint8Array, mergeBy: string) {
        if (!isKeyName(origin) || commitment.length !== 32 || dayNumber(mergeBy) === undefined) {
            throw new MalformedStatementError("promise");
        }
        this.origin = origin;
        this.commitment = commitment;
        this.mergeBy = mergeBy;
    }

    /** Raise `MalformedStatementError` unless *untrusted* is canonical. */
    static parse(untrusted: string): LogPromise {
        const [, origin = "", commitment = "", mergeBy = ""] = untrusted.split("\n");
        const promise = new LogPromise(origin, parseCommitment(commitment), mergeBy);
        if (promise.encode() !== untrusted) throw new MalformedStatementError("promise");
        return promise;
    }

    /** Raise `UnverifiedError` unless *key*, which must be the origin's promise key, signed it. */
    static open(untrustedNote: string, key: VerifierKey): LogPromise {
        const promise = LogPromise.parse(openNote(untrustedNote, [key]).text);
        if (key.name !== `${promise.origin}/promise`) throw new UnverifiedError("not the promise key");
        return promise;
    }

    encode(): string {
        return `${this.origin}/promise/v1\n${this.origin}\n${toBase64(this.commitment)}\n${this.mergeBy}\n`;
    }

    sign(key: SigningKey): string {
        return sign(this.encode(), key);
    }
}

function parseCommitment(untrusted: string): Uint8Array {
    try {
        return parseBase64(untrusted, 32);
    } catch {
        throw new MalformedStatementError("commitment");
    }
}
