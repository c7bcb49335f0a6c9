/**
 * Work: what a program shows instead of a name when a site has too much to do (SPEC.md §20).
 *
 * Many tries wait at once, because each asks the browser's own PBKDF2 and comes back by itself.
 */

import { pbkdf2 } from "@noble/hashes/pbkdf2.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { concat, utf8 } from "./bytes.ts";
import { type Subtle, systemSubtle } from "./keys.ts";

export const CHALLENGE_BYTES = 32;
export const ITERATIONS = 128;
/** More than this no program of ours does: about a million tries. */
export const MAX_BITS = 20;

const VALUE_BYTES = 32;
const AT_ONCE = 32;
const SLICE_MS = 40;

type Bytes = Uint8Array<ArrayBuffer>;

/** The number whose value begins with *bits* zero bits, as the header `Wasl-Work` says it. */
export async function workOn(
    challenge: Uint8Array,
    bits: number,
    { subtle = systemSubtle() }: { subtle?: Subtle | null } = {},
): Promise<string> {
    if (challenge.length !== CHALLENGE_BYTES || bits < 0 || bits > MAX_BITS) throw new RangeError("challenge");
    const password = concat(utf8("wasl/work/v1\n"), challenge);
    const number = subtle === null ? await inSlices(password, bits) : await manyAtOnce(password, bits, subtle);
    return `${hex(challenge)}.${hex(saltOf(number))}`;
}

async function manyAtOnce(password: Uint8Array, bits: number, subtle: Subtle): Promise<number> {
    const key = await subtle.importKey("raw", new Uint8Array(password), "PBKDF2", false, ["deriveBits"]);
    const parameters = { name: "PBKDF2", hash: "SHA-256", iterations: ITERATIONS };
    for (let first = 0; ; first += AT_ONCE) {
        const tries = Array.from({ length: AT_ONCE }, async (_, i) => {
            const value = await subtle.deriveBits({ ...parameters, salt: saltOf(first + i) }, key, 8 * VALUE_BYTES);
            return beginsWithZeros(new Uint8Array(value), bits);
        });
        const found = (await Promise.all(tries)).indexOf(true);
        if (found >= 0) return first + found;
    }
}

/** Plain JavaScript, that lets the page live in between. */
async function inSlices(password: Uint8Array, bits: number): Promise<number> {
    for (let number = 0; ; ) {
        for (const end = performance.now() + SLICE_MS; performance.now() < end; number++) {
            const value = pbkdf2(sha256, password, saltOf(number), { c: ITERATIONS, dkLen: VALUE_BYTES });
            if (beginsWithZeros(value, bits)) return number;
        }
        await new Promise((resolve) => setTimeout(resolve));
    }
}

function beginsWithZeros(value: Uint8Array, bits: number): boolean {
    const view = new DataView(value.buffer, value.byteOffset);
    return bits === 0 || view.getUint32(0) >>> (32 - bits) === 0;
}

/** Eight bytes, big-endian. */
function saltOf(number: number): Bytes {
    const salt = new Uint8Array(8);
    new DataView(salt.buffer).setBigUint64(0, BigInt(number));
    return salt;
}

function hex(bytes: Uint8Array): string {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
