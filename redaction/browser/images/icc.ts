/** The twin of `files/images/icc.py`: our own colour profile in place of a photograph's. */

import { asLatin1, latin1, PROFILES } from "../policy.ts";
import { join } from "../walker.ts";

export const APP2_PREFIX = latin1("ICC_PROFILE\0");
// In 65,536ths: profiles of one colour space differ by rounding.
const COLORANT_TOLERANCE = 200;
const CURVE_TOLERANCE = 0.01;

/** Our profile for *untrusted*; empty for none needed, undefined if we do not know it. */
export function replacement(untrusted: Uint8Array): Uint8Array | undefined {
    const found = measured(untrusted);
    return PROFILES.find(
        (profile) =>
            found !== undefined &&
            Math.abs(found.middle - profile.middle) <= CURVE_TOLERANCE &&
            profile.colorants.every((n, i) => Math.abs(n - (found.colorants[i] ?? 0)) <= COLORANT_TOLERANCE),
    )?.replacement;
}

/** The nine numbers of the colorants and the light that half the signal gives. */
export function measured(untrusted: Uint8Array): { readonly colorants: readonly number[]; readonly middle: number } | undefined {
    const tags = readTags(untrusted);
    try {
        const colorants = ["rXYZ", "gXYZ", "bXYZ"].flatMap((name) => xyz(tag(tags, name)));
        return { colorants, middle: middleOf(tag(tags, "rTRC")) };
    } catch (error) {
        // A number outside its element: the profile is cut or broken.
        if (error instanceof RangeError) return undefined;
        throw error;
    }
}

/** The APP2 segment that holds *profile* as the only piece (ICC.1 §B.4). */
export function iccSegment(profile: Uint8Array): Uint8Array {
    const size = 2 + APP2_PREFIX.length + 2 + profile.length;
    return join([Uint8Array.of(0xff, 0xe2, size >> 8, size & 0xff), APP2_PREFIX, Uint8Array.of(1, 1), profile]);
}

function readTags(untrusted: Uint8Array): Map<string, DataView> {
    const tags = new Map<string, DataView>();
    const view = viewOf(untrusted);
    const count = untrusted.length < 132 ? 0 : view.getUint32(128);
    const end = Math.min(132 + 12 * count, untrusted.length - 11);
    for (let entry = 132; entry < end; entry += 12) {
        const at = view.getUint32(entry + 4);
        const element = untrusted.subarray(at, at + view.getUint32(entry + 8));
        tags.set(asLatin1(untrusted.subarray(entry, entry + 4)), viewOf(element));
    }
    return tags;
}

function tag(tags: Map<string, DataView>, name: string): DataView {
    return tags.get(name) ?? new DataView(new ArrayBuffer(0));
}

function xyz(element: DataView): number[] {
    return [8, 12, 16].map((at) => element.getInt32(at));
}

/** The light, 0 to 1, that half the signal gives. */
function middleOf(element: DataView): number {
    const kind = element.getUint32(0);
    const count = element.getUint32(8);
    if (kind === PARA) return parametric(count >>> 16, element);
    if (kind !== CURV || count === 0) return 0.5;
    if (count === 1) return power(0.5, element.getUint16(12) / 256);
    return element.getUint16(12 + 2 * Math.floor((count - 1) / 2)) / 65_535;
}

const PARA = 0x70617261;
const CURV = 0x63757276;

function parametric(kind: number, element: DataView): number {
    const fixed = (i: number): number => element.getInt32(12 + 4 * i) / 65_536;
    if (kind === 0) return power(0.5, fixed(0));
    const [gamma, a, b] = [fixed(0), fixed(1), fixed(2)];
    return power(Math.max(a / 2 + b, 0), gamma);
}

/** Nonsense becomes 0, which is no curve we know. */
function power(base: number, exponent: number): number {
    return exponent > 0 && exponent < 100 && base < 2 ? base ** exponent : 0;
}

function viewOf(bytes: Uint8Array): DataView {
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
