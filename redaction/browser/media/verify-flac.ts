/** Read a cleaned FLAC file a second time; the twin of `files/media/verify_flac.py`. */

import { type Demand, demanding, number } from "../walker.ts";

const demand: Demand = demanding("sound-malformed");

/** Raise `UnreadableFileError` at the first byte that has no right to be there. */
export function verifyFlac(clean: Uint8Array): void {
    demand(number(clean, 0, 4) === 0x664c6143);
    const alone = number(clean, 4, 4) === 0x80000022;
    demand(alone || number(clean, 4, 4) === 0x22);
    const points = number(clean, 43, 3);
    demand(alone || (clean[42] === 0x83 && points > 0 && points % 18 === 0));
    const at = alone ? 42 : 46 + points;
    for (let point = 46; !alone && point < at - 18; point += 18) {
        const [one, next] = [point, point + 18].map((from) => number(clean, from, 4) * 2 ** 32 + number(clean, from + 4, 4));
        demand((one ?? 0) < (next ?? 0));
    }
    demand(clean[at] === 0xff && ((clean[at + 1] ?? 0) & 0xfe) === 0xf8);
    demand(remainder(clean.subarray(at)) === 0);
}

/** Divide by the polynomial 0x8005: frames with true checksums in a row leave nothing. */
function remainder(frames: Uint8Array): number {
    let crc = 0;
    for (const byte of frames) crc = ((crc << 8) & 0xff00) ^ (TABLE[(crc >> 8) ^ byte] ?? 0);
    return crc;
}

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc & 0x8000) > 0 ? 0x18005 : 0);
    return crc;
});
