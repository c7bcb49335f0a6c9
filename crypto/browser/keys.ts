/** Every key of a citizen comes from the receipt code (SPEC.md §4); nothing is stored. */

import { expand } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { pbkdf2Async } from "@noble/hashes/pbkdf2.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { Identity } from "./age.ts";
import { concat, sha256Of, utf8 } from "./bytes.ts";
import type { ReceiptCode } from "./receipt.ts";

export const PBKDF2_ITERATIONS = 600_000;

const KEY_BYTES = 32;

/** Who writes to a name of a thread. */
export type Lane = "citizen" | "team";

function derive(key: Uint8Array, label: string): Uint8Array {
    return expand(sha256, key, utf8(label), KEY_BYTES);
}

/** WebCrypto's half that we use; missing where the page is no secure context. */
export type Subtle = Pick<SubtleCrypto, "importKey" | "deriveBits" | "digest">;

export function systemSubtle(): Subtle | null {
    return "subtle" in crypto ? crypto.subtle : null;
}

/** H of a whole file; without a JIT plain JavaScript takes a tenth of a second for an envelope. */
export async function hashOf(file: Uint8Array, subtle: Subtle | null = systemSubtle()): Promise<Uint8Array> {
    return subtle === null ? sha256Of(file) : new Uint8Array(await subtle.digest("SHA-256", new Uint8Array(file)));
}

/**
 * The root key, 32 bytes. Takes 0.1 to 3 s natively; without `crypto.subtle` plain JavaScript
 * does the same work in slices, so that the page stays alive.
 */
export async function deriveRoot(
    code: ReceiptCode,
    rootsHash: Uint8Array,
    { iterations = PBKDF2_ITERATIONS, subtle = systemSubtle() }: { iterations?: number; subtle?: Subtle | null } = {},
): Promise<Uint8Array> {
    const salt = concat(utf8("wasl/receipt/v1"), rootsHash);
    if (subtle === null) return pbkdf2Async(sha256, code.secret, salt, { c: iterations, dkLen: KEY_BYTES, asyncTick: 50 });
    const key = await subtle.importKey("raw", new Uint8Array(code.secret), "PBKDF2", false, ["deriveBits"]);
    const parameters = { name: "PBKDF2", hash: "SHA-256", salt: new Uint8Array(salt), iterations };
    return new Uint8Array(await subtle.deriveBits(parameters, key, 8 * KEY_BYTES));
}

/** The one-time names of a case, their passwords, and the MAC of what the citizen writes. */
export class Thread {
    readonly key: Uint8Array;

    constructor(key: Uint8Array) {
        if (key.length !== KEY_BYTES) throw new RangeError("thread key");
        this.key = key;
    }

    name(lane: Lane, index: number): Uint8Array {
        return derive(this.key, `wasl/v1/name/${lane}/${index}`);
    }

    auth(lane: Lane, index: number): Uint8Array {
        return derive(this.key, `wasl/v1/auth/${lane}/${index}`);
    }

    /** What the server stores of the name. */
    slot(lane: Lane, index: number): Uint8Array {
        return sha256Of(this.name(lane, index));
    }

    /** What the server stores of the password. */
    authHash(lane: Lane, index: number): Uint8Array {
        return sha256Of(this.auth(lane, index));
    }

    /** A MAC and not a signature: the team could have made it too, so it proves nothing to others. */
    mac(index: number, text: Uint8Array, type = "wasl/message/v1"): Uint8Array {
        return hmac(sha256, derive(this.key, "wasl/v1/mac"), concat(utf8(`${type}\n${index}\n`), text));
    }
}

/** What a root key opens. */
export class CitizenKeys {
    readonly thread: Thread;
    readonly replyIdentity: Identity;
    readonly logSalt: Uint8Array;
    readonly rollSeed: Uint8Array;
    readonly contentSalt: Uint8Array;
    /** Used only where the server seals. */
    readonly retryKey: Uint8Array;

    constructor(root: Uint8Array) {
        this.thread = new Thread(derive(root, "wasl/v1/thread"));
        this.replyIdentity = Identity.fromSeed(derive(root, "wasl/v1/reply-identity"));
        this.logSalt = derive(root, "wasl/v1/log-salt");
        this.rollSeed = derive(root, "wasl/v1/roll-seed");
        this.contentSalt = derive(root, "wasl/v1/content-salt");
        this.retryKey = derive(root, "wasl/v1/retry");
    }
}
