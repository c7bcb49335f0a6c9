/** Sizes that say little (SPEC.md §2): payload classes, attachment classes, canonical manifests. */

import { concat, parseUtf8, u32, utf8 } from "./bytes.ts";
import { MalformedPayloadError, TooLargeError } from "./errors.ts";

/** Bytes before age of a submission or a follow-up. */
export const MESSAGE_CLASSES: readonly number[] = [65_536, 262_144];
/** Bytes before age of a reply to a citizen. */
export const REPLY_CLASS = 16_384;

const SMALLEST_ATTACHMENT = 4_096;
const LARGEST_POWER_OF_TWO = 16 * 1024 * 1024;

/** Bytes before age of an attachment of *size* bytes: a power of two, Padmé above 16 MiB. */
export function paddedSize(size: number): number {
    if (!Number.isSafeInteger(size) || size < 0 || size >= 2 ** 31) throw new RangeError("size");
    if (size <= SMALLEST_ATTACHMENT) return SMALLEST_ATTACHMENT;
    if (size <= LARGEST_POWER_OF_TWO) return 2 ** (floorLog2(size - 1) + 1);
    const exponent = floorLog2(size);
    const step = 2 ** (exponent - floorLog2(exponent) - 1);
    return Math.ceil(size / step) * step;
}

function floorLog2(value: number): number {
    return 31 - Math.clz32(value);
}

/** How many bytes of text the largest of *classes* takes beside this manifest. */
export function roomForText(manifest: Uint8Array, classes: readonly number[]): number {
    return Math.max(...classes) - manifest.length - 8;
}

/** `u32 M ‖ manifest ‖ u32 T ‖ text ‖ zeros`; raise `TooLargeError` if no class is large enough. */
export function padPayload(manifest: Uint8Array, text: Uint8Array, classes: readonly number[]): Uint8Array {
    const used = 8 + manifest.length + text.length;
    const size = classes.find((candidate) => used <= candidate);
    if (size === undefined) throw new TooLargeError(used - Math.max(...classes));
    return concat(u32(manifest.length), manifest, u32(text.length), text, new Uint8Array(size - used));
}

export interface Payload {
    readonly manifest: Uint8Array;
    readonly text: Uint8Array;
}

/** Raise `MalformedPayloadError` unless the lengths fit, the size is the least class, the rest zero. */
export function unpadPayload(untrusted: Uint8Array, classes: readonly number[]): Payload {
    const manifest = lengthPrefixed(untrusted, 0);
    const text = lengthPrefixed(untrusted, 4 + manifest.length);
    const used = 8 + manifest.length + text.length;
    if (classes.find((candidate) => used <= candidate) !== untrusted.length) throw new MalformedPayloadError("size");
    if (untrusted.subarray(used).some((byte) => byte !== 0)) throw new MalformedPayloadError("padding");
    return { manifest, text };
}

function lengthPrefixed(untrusted: Uint8Array, offset: number): Uint8Array {
    if (untrusted.length < offset + 4) throw new MalformedPayloadError("cut short");
    const length = new DataView(untrusted.buffer, untrusted.byteOffset).getUint32(offset);
    if (untrusted.length < offset + 4 + length) throw new MalformedPayloadError("cut short");
    return untrusted.subarray(offset + 4, offset + 4 + length);
}

/** What a manifest may hold: no fractions and no null. */
export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

/** JSON with sorted keys, no white space, no needless escapes. */
export function encodeManifest(value: Json): Uint8Array {
    return utf8(canonical(value));
}

function canonical(value: Json): string {
    if (typeof value === "number" && !Number.isSafeInteger(value)) throw new MalformedPayloadError("not an integer");
    if (typeof value === "string" && parseUtf8(utf8(value)) !== value) throw new MalformedPayloadError("not text");
    if (typeof value !== "object") return JSON.stringify(value);
    if (isList(value)) return `[${value.map(canonical).join(",")}]`;
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}

function isList(value: Json): value is readonly Json[] {
    return Array.isArray(value);
}

/** Raise `MalformedPayloadError` unless *untrusted* is the canonical spelling of an object. */
export function parseManifest(untrusted: Uint8Array): Record<string, Json> {
    let value: unknown;
    let again: string;
    const text = decodeText(untrusted);
    try {
        value = JSON.parse(text);
        if (containsNull(value)) throw new MalformedPayloadError("null");
        again = canonical(value as Json);
    } catch {
        throw new MalformedPayloadError("manifest");
    }
    if (typeof value !== "object" || Array.isArray(value) || again !== text) throw new MalformedPayloadError("manifest");
    return value as Record<string, Json>;
}

function containsNull(value: unknown): boolean {
    if (value === null) return true;
    return typeof value === "object" && Object.values(value).some(containsNull);
}

/** Text of a payload; raise `MalformedPayloadError` unless it is UTF-8. */
export function decodeText(untrusted: Uint8Array): string {
    try {
        return parseUtf8(untrusted);
    } catch {
        throw new MalformedPayloadError("not UTF-8");
    }
}
