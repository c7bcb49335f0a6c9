/** Read a cleaned metafile a second time; the twin of `files/images/verify_metafile.py`. */

import rules from "../../files/images/metafile.json";
import { asLatin1 } from "../policy.ts";
import { type Demand, demanding } from "../walker.ts";

const demand: Demand = demanding("picture-malformed");

const SIZES = new Map(Object.entries(rules.emf.fixed).map(([kind, size]) => [Number(kind), size]));
const OTHERS = new Set([82, ...rules.emf.free, ...Object.keys(rules.emf.lists).map(Number)]);
const FUNCTIONS = new Set(rules.wmf.kept);
const EMF_END = "\x0e\0\0\0\x14\0\0\0\0\0\0\0\x10\0\0\0\x14\0\0\0";

export function verifyEmf(written: Uint8Array): void {
    let [at, count, last] = [0, 0, 0];
    while (at < written.length) {
        demand(last !== 14 && at + 8 <= written.length);
        const [kind, size] = [u32(written, at), u32(written, at + 4)];
        demand(size >= 8 && size % 4 === 0 && at + size <= written.length);
        const record = written.subarray(at, at + size);
        if (count === 0) verifyHeader(record, kind);
        else demand(OTHERS.has(kind) || SIZES.get(kind) === size || (kind === 14 && asLatin1(record) === EMF_END));
        if (kind === 82) demand(/^(?:(?!\0\0)[^]{2}){0,32}\0*$/.test(asLatin1(record.subarray(40, 104))) && isZero(record, 104, size));
        [at, count, last] = [at + size, count + 1, kind];
    }
    demand(last === 14 && u32(written, 48) === written.length && u32(written, 52) === count);
}

function verifyHeader(header: Uint8Array, kind: number): void {
    demand(kind === 1 && [88, 100, 108].includes(header.length) && asLatin1(header.subarray(40, 48)) === " EMF\0\0\x01\0");
    demand(isZero(header, 58, 72) && isZero(header, 88, 100));
}

export function verifyWmf(written: Uint8Array): void {
    let at = 0;
    if (u32(written, 0) === 0x9ac6cdd7) {
        let checksum = 0;
        for (let word = 0; word < 22; word += 2) checksum ^= u16(written, word);
        demand(checksum === 0 && isZero(written, 4, 6) && isZero(written, 16, 20));
        at = 22;
    }
    demand(u32(written, at) === 0x00090001 && 2 * u32(written, at + 6) === written.length - at && isZero(written, at + 16, at + 18));
    const longest = u32(written, at + 12);
    let [last, most] = [-1, 0];
    at += 18;
    while (at < written.length) {
        const [length, kind] = [u32(written, at), u16(written, at + 4)];
        demand(last !== 0 && length >= 3 && at + 2 * length <= written.length);
        demand(FUNCTIONS.has(kind) || (kind === 0 && length === 3));
        if (kind === 0x02fb) demand(/^[^\0]*\0*$/.test(asLatin1(written.subarray(at + 24, at + 2 * length))));
        [last, most] = [kind, Math.max(most, length)];
        at += 2 * length;
    }
    demand(last === 0 && most === longest);
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
    return bytes.subarray(from, to).every((byte) => byte === 0);
}

function u16(bytes: Uint8Array, at: number): number {
    return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

function u32(bytes: Uint8Array, at: number): number {
    return (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;
}
