/**
 * C2SP signed notes (c2sp.org/signed-note) with Ed25519 keys; other types of keys are subclasses.
 *
 * Verification is that of RFC 8032 without the cofactor, as OpenSSL and Go do it, so that
 * every verifier of a note agrees.
 */

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";

import { concat, equal, parseBase64, parseUtf8, type Random, sha256Of, systemRandom, toBase64, utf8 } from "./bytes.ts";
import { MalformedKeyError, MalformedNoteError, UnverifiedError } from "./errors.ts";

const ED25519_TYPE = 0x01;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const KEY_ID_BYTES = 4;
const MAX_NOTE_BYTES = 1_000_000;
const MAX_SIGNATURES = 100;
const DASH = "— ";

/** A name without spaces or plus, a public key, and the 4-byte id that ties them. */
export abstract class NoteKey {
    readonly name: string;
    readonly key: Uint8Array;
    readonly id: Uint8Array;
    readonly #typed: Uint8Array;

    constructor(name: string, key: Uint8Array, type: number, bytes: number) {
        if (!isKeyName(name) || key.length !== bytes) throw new MalformedKeyError("verifier key");
        this.name = name;
        this.key = key;
        this.#typed = concat(Uint8Array.of(type), key);
        this.id = sha256Of(utf8(`${name}\n`), this.#typed).subarray(0, KEY_ID_BYTES);
    }

    encode(): string {
        return `${this.name}+${toHex(this.id)}+${toBase64(this.#typed)}`;
    }

    /** Whether this key made *signature* for the text of a note. */
    abstract verify(message: Uint8Array, signature: Uint8Array): boolean;
}

/** Raise `MalformedKeyError` unless *untrusted* is a canonical vkey of the type that *make* makes. */
export function parseVkey<Key extends NoteKey>(untrusted: string, make: new (name: string, key: Uint8Array) => Key): Key {
    const [name = "", , encoded = ""] = untrusted.split(/\+(.{8})\+(.*)$/s);
    const key = new make(name, decodeKey(encoded));
    // Encoding again also finds another type, or an id that is not the key's.
    if (key.encode() !== untrusted) throw new MalformedKeyError("verifier key");
    return key;
}

/** An Ed25519 key, type 0x01. */
export class VerifierKey extends NoteKey {
    constructor(name: string, key: Uint8Array) {
        super(name, key, ED25519_TYPE, KEY_BYTES);
    }

    /** Raise `MalformedKeyError` unless *untrusted* is a canonical vkey of type 0x01. */
    static parse(untrusted: string): VerifierKey {
        return parseVkey(untrusted, VerifierKey);
    }

    verify(message: Uint8Array, signature: Uint8Array): boolean {
        return signature.length === SIGNATURE_BYTES && verifyEd25519(this.key, message, signature);
    }
}

export class SigningKey {
    readonly name: string;
    readonly seed: Uint8Array;

    constructor(name: string, seed: Uint8Array) {
        if (!isKeyName(name) || seed.length !== KEY_BYTES) throw new MalformedKeyError("signing key");
        this.name = name;
        this.seed = seed;
    }

    static generate(name: string, random: Random = systemRandom): SigningKey {
        return new SigningKey(name, random(KEY_BYTES));
    }

    get verifier(): VerifierKey {
        return new VerifierKey(this.name, ed25519.getPublicKey(this.seed));
    }

    sign(message: Uint8Array): Uint8Array {
        return ed25519.sign(message, this.seed);
    }
}

/** Key names, and so origins, have no white space, no plus sign, and are not empty. */
export function isKeyName(name: string): boolean {
    // eslint-disable-next-line no-control-regex -- control characters are what the format forbids
    return name !== "" && !/[\s\u0000-\u001f\u007f\u0085+]/u.test(name);
}

function toHex(bytes: Uint8Array): string {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The key after its type byte. */
function decodeKey(untrusted: string): Uint8Array {
    try {
        return parseBase64(untrusted).subarray(1);
    } catch {
        throw new MalformedKeyError("verifier key");
    }
}

function decode(untrusted: string): Uint8Array {
    try {
        return parseBase64(untrusted);
    } catch {
        throw new MalformedNoteError("base64");
    }
}

/** RFC 8032 §5.1.7 without the cofactor: [S]B − [k]A must spell R exactly. */
export function verifyEd25519(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    const { Point } = ed25519;
    const order = Point.Fn.ORDER;
    const r = signature.subarray(0, 32);
    const s = littleEndian(signature.subarray(32));
    if (s >= order) return false;
    try {
        // As lenient about the spelling of a key as OpenSSL and Go are: a verdict must not depend on who checks.
        const a = Point.fromBytes(key, true);
        const k = littleEndian(sha512(concat(r, key, message))) % order;
        return equal(Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k)).toBytes(), r);
    } catch {
        return false; // The key is not a point of the curve.
    }
}

function littleEndian(bytes: Uint8Array): bigint {
    return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** A note over *text*, which ends with a newline. */
export function sign(text: string, ...keys: readonly SigningKey[]): string {
    if (!isNoteText(text)) throw new MalformedNoteError("text");
    const message = utf8(text);
    const lines = keys.map((key) => `${DASH}${key.name} ${toBase64(concat(key.verifier.id, key.sign(message)))}\n`);
    return `${text}\n${lines.join("")}`;
}

function isNoteText(text: string): boolean {
    // eslint-disable-next-line no-control-regex -- control characters are what the format forbids
    return text.endsWith("\n") && !/[\u0000-\u0009\u000b-\u001f]/.test(text) && parseUtf8(utf8(text)) === text;
}

export interface OpenedNote<Key extends NoteKey = VerifierKey> {
    /** What was signed, with its final newline. */
    readonly text: string;
    /** The known keys that signed, in the order of their signatures; at least one, each once. */
    readonly verified: readonly Key[];
    /** What each of them wrote. */
    readonly signatures: readonly Uint8Array[];
}

interface SignatureLine {
    readonly name: string;
    readonly id: Uint8Array;
    readonly signature: Uint8Array;
}

/**
 * Raise `MalformedNoteError` unless *untrusted* is a note, and `UnverifiedError` unless at least one
 * *known* key signed it and none of their signatures is wrong.
 */
export function openNote<Key extends NoteKey>(untrusted: string | Uint8Array, known: readonly Key[]): OpenedNote<Key> {
    const { text, signatures } = splitNote(untrusted);
    const message = utf8(text);
    const verified = new Map<Key, Uint8Array>();
    for (const line of signatures) {
        const signer = signerOf(line, message, known);
        if (signer !== undefined && !verified.has(signer)) verified.set(signer, line.signature);
    }
    if (verified.size === 0) throw new UnverifiedError("no signature by a known key");
    return { text, verified: Array.from(verified.keys()), signatures: Array.from(verified.values()) };
}

function splitNote(untrusted: string | Uint8Array): { text: string; signatures: readonly SignatureLine[] } {
    const note = typeof untrusted === "string" ? untrusted : decodeNote(untrusted);
    if (note.length > MAX_NOTE_BYTES) throw new MalformedNoteError("too long");
    const cut = note.lastIndexOf("\n\n") + 1;
    const text = note.slice(0, cut);
    if (cut === 0 || !isNoteText(text)) throw new MalformedNoteError("text");
    return { text, signatures: parseSignatures(note.slice(cut + 1)) };
}

function decodeNote(untrusted: Uint8Array): string {
    try {
        return parseUtf8(untrusted);
    } catch {
        throw new MalformedNoteError("not UTF-8");
    }
}

function parseSignatures(block: string): readonly SignatureLine[] {
    const lines = block.split("\n");
    if (lines.pop() !== "" || lines.length === 0 || lines.length > MAX_SIGNATURES) {
        throw new MalformedNoteError("signatures");
    }
    return lines.map(parseSignature);
}

function parseSignature(line: string): SignatureLine {
    const [name = "", encoded = "", ...more] = line.slice(DASH.length).split(" ");
    const bytes = decode(encoded);
    if (!line.startsWith(DASH) || more.length > 0 || !isKeyName(name) || bytes.length <= KEY_ID_BYTES) {
        throw new MalformedNoteError("signature line");
    }
    return { name, id: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) };
}

/** Undefined for a key we do not know; raise `UnverifiedError` if a known key did not make the signature. */
function signerOf<Key extends NoteKey>(line: SignatureLine, message: Uint8Array, known: readonly Key[]): Key | undefined {
    const candidates = known.filter(({ name, id }) => name === line.name && equal(id, line.id));
    const signer = candidates.find((key) => key.verify(message, line.signature));
    if (signer === undefined && candidates.length > 0) throw new UnverifiedError("a known key did not make this signature");
    return signer;
}
