/**
 * age v1 files for hybrid recipients only (SPEC.md §1), over typage.
 *
 * typage would also write X25519, passphrases and tags; this module is the one
 * place that calls it, and lets only `mlkem768x25519` in or out.
 */

import { x25519 } from "@noble/curves/ed25519.js";
import { MLKEM768X25519 } from "@noble/post-quantum/hybrid.js";
import { bech32 } from "@scure/base";
import { Decrypter, Encrypter } from "age-encryption";

import { type Random, systemRandom } from "./bytes.ts";
import { MalformedAgeFileError, MalformedKeyError, NoMatchError, TamperedHeaderError, TamperedPayloadError } from "./errors.ts";

/** A file for reviewers carries a multiple of so many stanzas. */
export const STANZAS = 8;

const RECIPIENT_PREFIX = "age1pq";
const IDENTITY_PREFIX = "age-secret-key-pq-";
const RECIPIENT_BYTES = 1216;
const SEED_BYTES = 32;
const ML_KEM_COEFFICIENT_BYTES = 1152;
const ML_KEM_Q = 3329;
const X25519_BYTES = 32;

const VERSION_BYTES = 22;
const STANZA_BYTES = 1557;
const MAC_LINE_BYTES = 48;
const NONCE_BYTES = 16;
const CHUNK_BYTES = 65_536;
const TAG_BYTES = 16;

const STANZA = /^-> mlkem768x25519 [A-Za-z0-9+/]{1494}\n[A-Za-z0-9+/]{43}\n$/;
const MAC_LINE = /^--- [A-Za-z0-9+/]{43}\n$/;

/** An X-Wing public key that files are sealed to. */
export class Recipient {
    readonly key: Uint8Array;

    constructor(key: Uint8Array) {
        if (key.length !== RECIPIENT_BYTES) throw new MalformedKeyError("recipient");
        this.key = key;
    }

    /** Raise `MalformedKeyError` unless *untrusted* is a canonical `age1pq1…`. */
    static parse(untrusted: string): Recipient {
        const recipient = new Recipient(parseBech32(untrusted, RECIPIENT_PREFIX));
        if (recipient.encode() !== untrusted || !isSound(recipient.key)) throw new MalformedKeyError("recipient");
        return recipient;
    }

    encode(): string {
        return bech32.encode(RECIPIENT_PREFIX, bech32.toWords(this.key), false);
    }
}

/** Whether both halves of an X-Wing key are ones that a key pair can have. */
function isSound(key: Uint8Array): boolean {
    return hasReducedCoefficients(key.subarray(0, ML_KEM_COEFFICIENT_BYTES)) && !isLowOrder(key.subarray(-X25519_BYTES));
}

/** FIPS 203 §7.2: the 12-bit coefficients are below q. */
function hasReducedCoefficients(packed: Uint8Array): boolean {
    for (let i = 0; i < packed.length; i += 3) {
        const [a = 0, b = 0, c = 0] = packed.subarray(i, i + 3);
        if ((a | ((b & 15) << 8)) >= ML_KEM_Q || ((b >> 4) | (c << 4)) >= ML_KEM_Q) return false;
    }
    return true;
}

/** Every clamped scalar takes a point of low order to zero, which noble refuses. */
function isLowOrder(point: Uint8Array): boolean {
    try {
        x25519.scalarMult(new Uint8Array(X25519_BYTES), point);
        return false;
    } catch {
        return true;
    }
}

/** The 32-byte seed of an X-Wing key pair. */
export class Identity {
    readonly seed: Uint8Array;
    #recipient: Recipient | undefined;

    constructor(seed: Uint8Array) {
        if (seed.length !== SEED_BYTES) throw new MalformedKeyError("identity");
        this.seed = seed;
    }

    static generate(random: Random = systemRandom): Identity {
        return new Identity(random(SEED_BYTES));
    }

    static fromSeed(seed: Uint8Array): Identity {
        return new Identity(seed);
    }

    /** Raise `MalformedKeyError` unless *untrusted* is a canonical `AGE-SECRET-KEY-PQ-1…`. */
    static parse(untrusted: string): Identity {
        const identity = new Identity(parseBech32(untrusted, IDENTITY_PREFIX));
        if (identity.encode() !== untrusted) throw new MalformedKeyError("identity");
        return identity;
    }

    encode(): string {
        return bech32.encode(IDENTITY_PREFIX, bech32.toWords(this.seed), false).toUpperCase();
    }

    get recipient(): Recipient {
        // Making the key takes tens of milliseconds without a JIT.
        this.#recipient ??= new Recipient(MLKEM768X25519.getPublicKey(this.seed));
        return this.#recipient;
    }
}

function parseBech32(untrusted: string, prefix: string): Uint8Array {
    try {
        const decoded = bech32.decode(untrusted as `${string}1${string}`, false);
        if (decoded.prefix !== prefix) throw new MalformedKeyError("bech32 prefix");
        return bech32.fromWords(decoded.words);
    } catch {
        throw new MalformedKeyError("bech32");
    }
}

/** The recipients among throw-away ones, to a multiple of `STANZAS`, in random order. */
export function padRecipients(recipients: readonly Recipient[], random: Random = systemRandom): Recipient[] {
    if (recipients.length === 0) throw new RangeError("a file needs a recipient");
    const padded = [...recipients];
    while (padded.length % STANZAS !== 0) padded.push(Identity.generate(random).recipient);
    return shuffled(padded, random);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
    const left = [...items];
    const order: T[] = [];
    while (left.length > 0) order.push(...left.splice(randomBelow(left.length, random), 1));
    return order;
}

/** Uniform in [0, limit): a plain remainder would favour small numbers. */
function randomBelow(limit: number, random: Random): number {
    const fair = 2 ** 32 - (2 ** 32 % limit);
    for (;;) {
        const drawn = random(4).reduce((value, byte) => value * 256 + byte, 0);
        if (drawn < fair) return drawn % limit;
    }
}

/** Exact size in bytes of an age file over *payloadBytes* with so many *stanzas*. */
export function sealedSize(payloadBytes: number, stanzas: number): number {
    const chunks = Math.max(1, Math.ceil(payloadBytes / CHUNK_BYTES));
    const header = VERSION_BYTES + stanzas * STANZA_BYTES + MAC_LINE_BYTES;
    return header + NONCE_BYTES + payloadBytes + chunks * TAG_BYTES;
}

/** What a strict reader finds before the payload. */
export interface Header {
    readonly stanzas: number;
    /** Bytes up to and with the line of the MAC; the 16-byte nonce comes next. */
    readonly length: number;
}

/** Raise `MalformedAgeFileError` unless *untrusted* begins with a header of hybrid stanzas only. */
export function readHeader(untrusted: Uint8Array): Header {
    const text = (start: number, length: number): string =>
        String.fromCharCode(...untrusted.subarray(start, start + length));
    if (text(0, VERSION_BYTES) !== "age-encryption.org/v1\n") throw new MalformedAgeFileError("version");
    let offset = VERSION_BYTES;
    let stanzas = 0;
    for (; STANZA.test(text(offset, STANZA_BYTES)); stanzas++) offset += STANZA_BYTES;
    if (stanzas === 0 || !MAC_LINE.test(text(offset, MAC_LINE_BYTES))) throw new MalformedAgeFileError("header");
    return { stanzas, length: offset + MAC_LINE_BYTES };
}

/**
 * Raise `MalformedAgeFileError` unless *untrusted* is an age file with hybrid stanzas only, a
 * multiple of *stanzasMultiple*, of the exact size of one of the *classes*.
 */
export function checkEnvelope(untrusted: Uint8Array, stanzasMultiple: number, classes: readonly number[]): void {
    const { stanzas } = readHeader(untrusted);
    if (stanzas % stanzasMultiple !== 0) throw new MalformedAgeFileError("stanza count");
    if (!classes.some((size) => sealedSize(size, stanzas) === untrusted.length)) {
        throw new MalformedAgeFileError("size");
    }
}

function encrypter(recipients: readonly Recipient[]): Encrypter {
    if (recipients.length === 0) throw new RangeError("a file needs a recipient");
    const sealer = new Encrypter();
    for (const recipient of recipients) sealer.addRecipient(recipient.encode());
    return sealer;
}

/** An age file over *data*, one stanza for each recipient, in their order. */
export async function encrypt(data: Uint8Array, recipients: readonly Recipient[]): Promise<Uint8Array> {
    return encrypter(recipients).encrypt(data);
}

/**
 * An age file whose header is made before what it will hold is known: that is nearly all of the
 * work. Its file key is in memory until then, so it takes one payload and no second.
 */
export class Blank {
    readonly #sealed: ReadableStream<Uint8Array>;
    readonly #payload: WritableStreamDefaultWriter<Uint8Array>;

    private constructor(sealed: ReadableStream<Uint8Array>, payload: WritableStreamDefaultWriter<Uint8Array>) {
        this.#sealed = sealed;
        this.#payload = payload;
    }

    /** One stanza for each recipient, in their order. */
    static async to(recipients: readonly Recipient[]): Promise<Blank> {
        const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
        return new Blank(await encryptStream(readable, recipients), writable.getWriter());
    }

    /** The age file over *data*. Raise `TypeError` the second time. */
    async seal(data: Uint8Array): Promise<Uint8Array> {
        const whole = new Response(this.#sealed).arrayBuffer();
        const [file] = await Promise.all([whole, this.#payload.write(data), this.#payload.close()]);
        return new Uint8Array(file);
    }
}

/** The same, as a stream: memory does not grow with the file. */
export async function encryptStream(
    data: ReadableStream<Uint8Array>,
    recipients: readonly Recipient[],
): Promise<ReadableStream<Uint8Array>> {
    return encrypter(recipients).encrypt(data);
}

/**
 * What the age file holds. Raise `NoMatchError` if no identity opens it, `TamperedError` if a
 * tag is wrong, `MalformedAgeFileError` for anything that is not a hybrid age file.
 */
export async function decrypt(untrusted: Uint8Array, identities: readonly Identity[]): Promise<Uint8Array> {
    const opener = new Decrypter();
    for (const identity of identities) opener.addIdentity(identity.encode());
    // A stream opens in two steps: an error after the header can only come from the payload.
    const payload = await opener.decrypt(new Blob([new Uint8Array(untrusted)]).stream()).catch((error: unknown) => {
        throw failedOpening(error);
    });
    try {
        return new Uint8Array(await new Response(payload).arrayBuffer());
    } catch {
        throw new TamperedPayloadError("altered or cut off");
    }
}

/** typage throws plain `Error`s; its words are pinned with its version. */
function failedOpening(error: unknown): Error {
    const words = error instanceof Error ? error.message : "";
    if (words.includes("no identity matched")) return new NoMatchError("no identity opens this file");
    if (words.includes("invalid header HMAC")) return new TamperedHeaderError("altered");
    return new MalformedAgeFileError("not an age file");
}
