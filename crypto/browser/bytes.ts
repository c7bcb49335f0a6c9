/** Bytes, text and the two printable spellings (SPEC.md, conventions). */

import { sha256 } from "@noble/hashes/sha2.js";

import { MalformedError } from "./errors.ts";

/** What `crypto.getRandomValues` gives; enters as an argument so that known answers need no patching. */
export type Random = (bytes: number) => Uint8Array;

export function systemRandom(bytes: number): Uint8Array {
    return crypto.getRandomValues(new Uint8Array(bytes));
}

const encoder = new TextEncoder();

export function utf8(text: string): Uint8Array {
    return encoder.encode(text);
}

/** Raise `MalformedError` unless *untrusted* is UTF-8; a byte order mark is kept, not swallowed. */
export function parseUtf8(untrusted: Uint8Array): string {
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(untrusted);
    } catch {
        throw new MalformedError("not UTF-8");
    }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
    const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let offset = 0;
    for (const part of parts) {
        joined.set(part, offset);
        offset += part.length;
    }
    return joined;
}

/** H of the joined parts: SHA-256, 32 bytes. */
export function sha256Of(...parts: readonly Uint8Array[]): Uint8Array {
    const hash = sha256.create();
    for (const part of parts) hash.update(part);
    return hash.digest();
}

/** Compare without leaving early at the first difference. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
    if (a.length !== b.length) return false;
    let difference = 0;
    a.forEach((byte, i) => (difference |= byte ^ (b[i] ?? 0)));
    return difference === 0;
}

/** RFC 4648 §4 with padding. */
export function toBase64(bytes: Uint8Array): string {
    let binary = "";
    // A spread over a whole envelope would overflow the argument stack.
    for (let i = 0; i < bytes.length; i += 0x1000) {
        binary += String.fromCharCode(...bytes.subarray(i, i + 0x1000));
    }
    return btoa(binary);
}

/** Raise `MalformedError` unless *untrusted* is the one spelling `toBase64` would give (of *length* bytes). */
export function parseBase64(untrusted: string, length?: number): Uint8Array {
    let bytes: Uint8Array;
    try {
        bytes = Uint8Array.from(atob(untrusted), (char) => char.charCodeAt(0));
    } catch {
        throw new MalformedError("not base64");
    }
    // atob() forgives spaces, missing padding and stray bits; encoding again refuses them all.
    if (toBase64(bytes) !== untrusted || (length !== undefined && bytes.length !== length)) {
        throw new MalformedError("not base64");
    }
    return bytes;
}

/** A plain decimal number below 2^53 without sign or leading zeros; undefined for anything else. */
export function parseDecimal(untrusted: string): number | undefined {
    const value = /^(0|[1-9][0-9]{0,15})$/.test(untrusted) ? Number(untrusted) : NaN;
    return Number.isSafeInteger(value) ? value : undefined;
}

/** Big-endian unsigned 32-bit integer. */
export function u32(value: number): Uint8Array {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value);
    return bytes;
}
