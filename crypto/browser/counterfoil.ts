/**
 * What a paper form keeps of a receipt code (SPEC.md §21): enough to hand in, not to read.
 *
 * Whoever seals does so under a counterfoil, their own or a form's: nothing here opens a reply.
 */

import { base32nopad } from "@scure/base";

import { Recipient } from "./age.ts";
import { concat, equal } from "./bytes.ts";
import { MalformedCounterfoilError } from "./errors.ts";
import { type CitizenKeys, Thread } from "./keys.ts";

const HEADING = "WASL/FORM/V1";
const INSTANCE_BYTES = 8;
const KEY_BYTES = 32;

interface Parts {
    readonly thread: Thread;
    readonly replyTo: Recipient;
    readonly logSalt: Uint8Array;
    readonly contentSalt: Uint8Array;
    readonly rollSeed: Uint8Array;
}

export class Counterfoil implements Parts {
    /** The start of H(roots): a form is handed in where its slip will be asked for. */
    readonly instance: Uint8Array;
    readonly thread: Thread;
    readonly replyTo: Recipient;
    readonly logSalt: Uint8Array;
    readonly contentSalt: Uint8Array;
    readonly rollSeed: Uint8Array;

    constructor(instance: Uint8Array, parts: Parts) {
        this.instance = instance;
        this.thread = parts.thread;
        this.replyTo = parts.replyTo;
        this.logSalt = parts.logSalt;
        this.contentSalt = parts.contentSalt;
        this.rollSeed = parts.rollSeed;
    }

    static of(keys: CitizenKeys, rootsHash: Uint8Array): Counterfoil {
        const { thread, replyIdentity, logSalt, contentSalt, rollSeed } = keys;
        const parts = { thread, replyTo: replyIdentity.recipient, logSalt, contentSalt, rollSeed };
        return new Counterfoil(rootsHash.subarray(0, INSTANCE_BYTES), parts);
    }

    /** Whether the slip's code opens a case at the instance with these roots. */
    belongsTo(rootsHash: Uint8Array): boolean {
        return equal(rootsHash.subarray(0, INSTANCE_BYTES), this.instance);
    }

    encode(): string {
        const small = concat(this.instance, this.thread.key, this.logSalt, this.contentSalt, this.rollSeed);
        return `${HEADING}:${this.replyTo.encode().toUpperCase()}:${base32nopad.encode(small)}`;
    }

    /** Raise `MalformedCounterfoilError`; white space around it is a reader's. */
    static parse(untrusted: string): Counterfoil {
        const text = untrusted.trim();
        const [, recipient = "", small = ""] = text.split(":");
        const half = parseParts(recipient.toLowerCase(), small);
        if (half?.encode() !== text) throw new MalformedCounterfoilError("form");
        return half;
    }
}

function parseParts(recipient: string, small: string): Counterfoil | undefined {
    try {
        const data = base32nopad.decode(small);
        const key = (n: number): Uint8Array => data.subarray(INSTANCE_BYTES + n * KEY_BYTES, INSTANCE_BYTES + (n + 1) * KEY_BYTES);
        if (data.length !== INSTANCE_BYTES + 4 * KEY_BYTES) return undefined;
        return new Counterfoil(data.subarray(0, INSTANCE_BYTES), {
            thread: new Thread(key(0)),
            replyTo: Recipient.parse(recipient),
            logSalt: key(1),
            contentSalt: key(2),
            rollSeed: key(3),
        });
    } catch {
        return undefined;
    }
}
